import { baselineName } from "../comparison";
import { useChunk } from "../controls/chunk";
import { usePopover } from "../controls/popover";
import type { Store } from "../state";

/** What every number of the page is compared with. */
export function BaselinePicker({ store }: { store: Store }) {
  const popover = usePopover();
  const { module } = useChunk(() => import("./comparison-forms"), popover.open);
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
