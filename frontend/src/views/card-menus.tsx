import { PictureMenu } from "../charts/picture-menu";
import type { LinesProps } from "./tensor-cards";

/** The menus of the cards in sight: beside the list of cards, which may hold nothing but cards. */
export function CardMenus({ store, grid, entries, lines, tabStop }: LinesProps) {
  const width = 100 / grid.columns;
  return (
    <div class="card-menus">
      {lines.flatMap((line) =>
        entries.slice(line.start, line.end).flatMap((entry, i) => {
          if (entry.kind === "group") return [];
          const { tag } = entry.row;
          return [
            <div
              key={tag}
              class="card-menu"
              data-tag={tag}
              style={{ top: `${line.top}px`, left: `${(i + 1) * width}%` }}
            >
              <PictureMenu
                title={tag}
                tell={store.tell}
                tabStop={line.start + i === tabStop}
                save={async (format) =>
                  (await import("../export/view-files")).saveCard(store, tag, format)
                }
              />
            </div>,
          ];
        }),
      )}
    </div>
  );
}
