import { LEAST_SHARE, MOST_SHARE, USUAL_SHARE } from "../store/choice";
import type { Store } from "../store/store";
import { isShortcut } from "../ui/keys";

const STEP = 0.02;

/** Between the list and the detail: dragged, or moved by key; a double click puts it back. */
export function Divider({ store }: { store: Store }) {
  const share = store.listShare.value;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule cannot be moved
    <div
      class="divider"
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label="Width of the list"
      aria-valuenow={Math.round(100 * share)}
      aria-valuemin={Math.round(100 * LEAST_SHARE)}
      aria-valuemax={Math.round(100 * MOST_SHARE)}
      data-testid="divider"
      title="Drag to share the width out, double click to put it back"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        event.preventDefault();
      }}
      onPointerMove={(event) => {
        if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
        const box = event.currentTarget.parentElement?.getBoundingClientRect();
        if (box) store.setListShare((event.clientX - box.left) / box.width);
      }}
      onKeyDown={(event) => {
        const to = {
          ArrowLeft: share - STEP,
          ArrowRight: share + STEP,
          Home: LEAST_SHARE,
          End: MOST_SHARE,
        }[event.key];
        if (to === undefined || isShortcut(event)) return;
        event.preventDefault();
        store.setListShare(to);
      }}
      onDblClick={() => store.setListShare(USUAL_SHARE)}
    />
  );
}
