import { usePopover } from "../controls/popover";
import type { ChartFile } from "../export/chart-files";
import { MenuItem } from "./figure-menu";

interface Props {
  title: string;
  save: (format: ChartFile) => Promise<string>;
  tell: (sentence: string) => void;
  /** Where the drawing can be read as a table instead. */
  table?: { shown: boolean; show: (shown: boolean) => void };
  /** Whether the Tab key stops here. */
  tabStop?: boolean;
}

/** Takes a drawing that is no figure along as a picture. */
export function PictureMenu({ title, save, tell, table, tabStop = true }: Props) {
  const { open, toggle, close, box, button } = usePopover();
  const act = (format: ChartFile) => () => {
    close();
    save(format).then(tell, (error) =>
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
        aria-label={`${title}: ${table ? "table and pictures" : "pictures"}`}
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
          <MenuItem testid="picture-svg" name="Save as SVG" act={act("svg")} />
          <MenuItem testid="picture-png" name="Save as PNG" act={act("png")} />
        </div>
      )}
    </div>
  );
}
