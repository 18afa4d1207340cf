import type { Store } from "../store/store";

const STEP = 0.02;

/** Between the list and the detail: dragged, or moved by the arrow keys. */
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
      aria-valuemin={25}
      aria-valuemax={75}
      data-testid="divider"
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
        const by = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
        if (by === undefined) return;
        event.preventDefault();
        store.setListShare(share + by);
      }}
    />
  );
}
