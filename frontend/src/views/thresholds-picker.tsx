import { useChunk } from "../controls/chunk";
import { usePopover } from "../controls/popover";
import type { Store } from "../state";

/** Where one verdict ends and the next begins: to see, to change and to take back. */
export function ThresholdsPicker({ store }: { store: Store }) {
  const { open, toggle, close, box, button } = usePopover();
  const { module } = useChunk(() => import("./comparison-forms"), open);
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
