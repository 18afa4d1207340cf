import { RunKey } from "../charts/run-key";
import { useChunk } from "../controls/chunk";
import { usePopover } from "../controls/popover";
import { formatCount } from "../format";
import type { Store } from "../state";

export function RunPicker({ store }: { store: Store }) {
  const { open, toggle, close, box, button } = usePopover();
  const list = useChunk(() => import("./run-list"), open);
  const run = store.run.value;
  const [count, chosen] = [store.runs.value.data?.runs.length ?? 0, store.chosenRuns.value.length];
  const nothing = store.runs.value.loading ? "…" : "none";
  return (
    <div class="run-picker" ref={box}>
      <button
        ref={button}
        type="button"
        class="picker-button"
        data-testid="run-picker"
        aria-haspopup="listbox"
        aria-expanded={open}
        title={run ?? ""}
        onClick={toggle}
      >
        <span class="picker-label">{chosen > 1 ? "Runs" : "Run"}</span>
        <ChosenKeys store={store} />
        <span class="picker-value">{run ?? nothing}</span>
        {count > 1 && (
          <span class="picker-count">{`${formatCount(chosen)} of ${formatCount(count)}`}</span>
        )}
        <svg width="10" height="6" aria-hidden="true">
          <path d="M1 1l4 4 4-4" />
        </svg>
      </button>
      {open && list.module && <list.module.RunList store={store} close={close} />}
    </div>
  );
}

/** The lines of the runs that stand beside each other. */
function ChosenKeys({ store }: { store: Store }) {
  const runs = store.comparedRuns.value;
  if (runs.length === 0) return null;
  return (
    <span class="picker-keys">
      {runs.map(({ run, slot }) => (
        <RunKey key={run} slot={slot} />
      ))}
    </span>
  );
}
