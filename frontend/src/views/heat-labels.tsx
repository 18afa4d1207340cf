import type { Store } from "../state";
import type { Heat } from "./heat-keys";
import { TagName } from "./tag-name";

const SPARE = 4;

/** The names of the rows in sight. */
export function HeatLabels({ heat }: { heat: Heat }) {
  const { store, rows, rowHeight, top, height } = heat;
  const start = Math.max(0, Math.floor(top / rowHeight) - SPARE);
  const end = Math.ceil((top + height) / rowHeight) + SPARE;
  return (
    <div class="heat-labels">
      {rows.slice(start, end).map(({ tag }, i) => (
        <Label
          key={tag}
          store={store}
          tag={tag}
          style={{ top: `${(start + i) * rowHeight}px`, height: `${rowHeight}px` }}
        />
      ))}
    </div>
  );
}

interface LabelProps {
  store: Store;
  tag: string;
  style: { top: string; height: string };
}

function Label({ store, tag, style }: LabelProps) {
  return (
    <div
      class={tag === store.tag.value ? "heat-label selected" : "heat-label"}
      style={style}
      title={tag}
      data-tag={tag}
    >
      <TagName tag={tag} shared={store.shared.value} />
    </div>
  );
}
