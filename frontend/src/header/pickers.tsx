import type { Store } from "../store/store";
import { useChunk } from "../ui/lazy";
import { RunKey } from "../ui/marks";
import { usePopover } from "../ui/menu";
import { baselineName } from "../words/baseline";
import { formatCount } from "../words/numbers";

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

/** What every number of the page is compared with. */
export function BaselinePicker({ store }: { store: Store }) {
  const popover = usePopover();
  const { module } = useChunk(() => import("./forms"), popover.open);
  const baseline = store.baseline.value;
  return (
    <div class="picker" ref={popover.box}>
      <button
        ref={popover.button}
        type="button"
        class={baseline === "first" ? "picker-button" : "picker-button changed"}
        data-testid="baseline-picker"
        aria-expanded={popover.open}
        title="What all numbers are compared with"
        onClick={popover.toggle}
      >
        <span class="picker-label">Baseline</span>
        <span class="picker-value">{baselineName(baseline)}</span>
        <svg width="10" height="6" aria-hidden="true">
          <path d="M1 1l4 4 4-4" />
        </svg>
      </button>
      {popover.open && module && <module.BaselineForm store={store} close={popover.close} />}
    </div>
  );
}

/** Where one verdict ends and the next begins: to see, to change and to take back. */
export function ThresholdsPicker({ store }: { store: Store }) {
  const { open, toggle, close, box, button } = usePopover();
  const { module } = useChunk(() => import("./forms"), open);
  const changed = Object.keys(store.thresholds.value).length;
  return (
    <div class="picker" ref={box}>
      <button
        ref={button}
        type="button"
        class={changed === 0 ? "picker-button" : "picker-button changed"}
        data-testid="thresholds"
        aria-expanded={open}
        title="Where one verdict ends and the next begins"
        onClick={toggle}
      >
        <span class="picker-label">Thresholds</span>
        {changed > 0 && <span class="picker-value">{`${changed} changed`}</span>}
        <svg width="10" height="6" aria-hidden="true">
          <path d="M1 1l4 4 4-4" />
        </svg>
      </button>
      {open && module && <module.ThresholdForm store={store} close={close} />}
    </div>
  );
}
