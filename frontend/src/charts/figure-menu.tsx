import { MenuItem, Opener } from "../ui/menu";
import type { ChartFile } from "./picture";

interface Props {
  /** A chart in its figure, or another drawing. */
  of: "chart" | "picture";
  title: string;
  formats: readonly ChartFile[];
  /** Gives the file's name. */
  save: (format: ChartFile) => Promise<string>;
  tell: (sentence: string) => void;
  /** Where it can be read as a table instead. */
  table?: { shown: boolean; show: (shown: boolean) => void };
  /** Whether the Tab key stops here. */
  tabStop?: boolean;
}

/** What can be done with a drawing: read it as a table, take it along as a picture. */
export function FigureMenu({ of, title, formats, save, tell, table, tabStop = true }: Props) {
  const many = formats.length > 1 ? "pictures" : "picture";
  return (
    <Opener
      within={of === "chart" ? "figure-menu" : "picture-menu"}
      class="figure-menu-button"
      data-testid={`${of}-menu`}
      aria-label={`${title}: ${table ? "table and " : ""}${many}`}
      title={table ? "Show as a table, save as a picture" : "Save as a picture"}
      tabIndex={tabStop ? 0 : -1}
      label={<span aria-hidden="true">⋯</span>}
    >
      {(close) => (
        <div class="popover menu">
          {table && (
            <MenuItem
              testid={`${of}-as-table`}
              name={table.shown ? "Show as chart" : "Show as table"}
              act={() => {
                table.show(!table.shown);
                close();
              }}
            />
          )}
          {!table?.shown &&
            formats.map((format) => (
              <MenuItem
                key={format}
                testid={`${of}-${format}`}
                name={`Save as ${format.toUpperCase()}`}
                act={() => {
                  close();
                  save(format).then(
                    (file) => tell(`Saved as ${file}.`),
                    (error) =>
                      tell(
                        `The picture could not be made: ${error instanceof Error ? error.message : error}`,
                      ),
                  );
                }}
              />
            ))}
        </div>
      )}
    </Opener>
  );
}
