import { usePopover } from "../ui/menu";
import type { ChartFile } from "./picture";

interface FigureMenuProps {
  title: string;
  /** The file's name, without its end. */
  file: string;
  asTable: boolean;
  setAsTable: (asTable: boolean) => void;
  tell: (sentence: string) => void;
}

/** What can be done with one chart: read it as a table, take it along as a picture. */
export function FigureMenu({ title, file, asTable, setAsTable, tell }: FigureMenuProps) {
  const { open, toggle, close, box, button } = usePopover();
  const save = (format: ChartFile) => {
    const figure = box.current?.closest("figure");
    close();
    if (figure) void saveChart(figure, file, format).then(tell);
  };
  return (
    <div class="figure-menu" ref={box}>
      <button
        ref={button}
        type="button"
        class="figure-menu-button"
        data-testid="chart-menu"
        aria-expanded={open}
        aria-label={`${title}: table and pictures`}
        title="Show as a table, save as a picture"
        onClick={toggle}
      >
        <span aria-hidden="true">⋯</span>
      </button>
      {open && (
        <div class="popover menu">
          <MenuItem
            testid="chart-as-table"
            name={asTable ? "Show as chart" : "Show as table"}
            act={() => {
              setAsTable(!asTable);
              close();
            }}
          />
          {!asTable && (
            <>
              <MenuItem testid="chart-svg" name="Save as SVG" act={() => save("svg")} />
              <MenuItem testid="chart-png" name="Save as PNG" act={() => save("png")} />
            </>
          )}
        </div>
      )}
    </div>
  );
}

export function MenuItem({ testid, name, act }: { testid: string; name: string; act: () => void }) {
  return (
    <button type="button" class="menu-item" data-testid={testid} onClick={act}>
      {name}
    </button>
  );
}

async function saveChart(figure: Element, file: string, format: ChartFile): Promise<string> {
  try {
    const { saveFigure } = await import("./picture");
    return `Saved as ${await saveFigure(figure, file, format)}.`;
  } catch (error) {
    return `The picture could not be made: ${error instanceof Error ? error.message : error}`;
  }
}

interface PictureMenuProps {
  title: string;
  save: () => Promise<string>;
  tell: (sentence: string) => void;
  /** Where the drawing can be read as a table instead. */
  table?: { shown: boolean; show: (shown: boolean) => void };
  /** Whether the Tab key stops here. */
  tabStop?: boolean;
}

/** Takes a drawing that is no figure along as a picture. */
export function PictureMenu({ title, save, tell, table, tabStop = true }: PictureMenuProps) {
  const { open, toggle, close, box, button } = usePopover();
  const act = () => {
    close();
    save().then(tell, (error) =>
      tell(`The picture could not be made: ${error instanceof Error ? error.message : error}`),
    );
  };
  return (
    <div class="picture-menu" ref={box}>
      <button
        ref={button}
        type="button"
        class="figure-menu-button"
        data-testid="picture-menu"
        aria-expanded={open}
        aria-label={`${title}: ${table ? "table and picture" : "picture"}`}
        title={table ? "Show as a table, save as a picture" : "Save as a picture"}
        tabIndex={tabStop ? 0 : -1}
        onClick={toggle}
      >
        <span aria-hidden="true">⋯</span>
      </button>
      {open && (
        <div class="popover menu">
          {table && (
            <MenuItem
              testid="picture-as-table"
              name={table.shown ? "Show as chart" : "Show as table"}
              act={() => {
                table.show(!table.shown);
                close();
              }}
            />
          )}
          {!table?.shown && <MenuItem testid="picture-png" name="Save as PNG" act={act} />}
        </div>
      )}
    </div>
  );
}
