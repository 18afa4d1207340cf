import type { SharedEnds } from "../names";
import type { Store } from "../state";
import { GroupButton } from "./group-row";
import type { Heat } from "./heat-keys";
import { TagName } from "./tag-name";

const SPARE = 4;

/** The names of the rows in sight. */
export function HeatLabels({ heat }: { heat: Heat }) {
  const { store, lines, rowHeight, top, height } = heat;
  const start = Math.max(0, Math.floor(top / rowHeight) - SPARE);
  const end = Math.ceil((top + height) / rowHeight) + SPARE;
  return (
    <div class="heat-labels" data-grouped={store.grouped.value}>
      {lines.slice(start, end).map((line, i) => {
        const style = { top: `${(start + i) * rowHeight}px`, height: `${rowHeight}px` };
        if (line.kind === "group")
          return (
            <div key={`scope ${line.group.scope}`} class="heat-label heat-head" style={style}>
              <GroupButton {...line} fold={store.fold} />
            </div>
          );
        const { tag } = line.row;
        return <Label key={tag} store={store} tag={tag} ends={line.ends} style={style} />;
      })}
    </div>
  );
}

interface LabelProps {
  store: Store;
  tag: string;
  ends: SharedEnds;
  style: { top: string; height: string };
}

function Label({ store, tag, ends, style }: LabelProps) {
  return (
    <div
      class={tag === store.tag.value ? "heat-label selected" : "heat-label"}
      style={style}
      title={tag}
      data-tag={tag}
    >
      <TagName tag={tag} shared={ends} />
    </div>
  );
}
