import "../styles/hints.css";
import { useRef } from "preact/hooks";
import type { HintPlace } from "../hints";
import type { Store } from "../state";

const HINTS: Record<HintPlace, string> = {
  headline: "New here? Press ? to read what movement, floor and resolution mean.",
  views: "The same tensors, as cards or as a heat map.",
  charts: "Drag to zoom, click to pin a step, ← → to read.",
};

/** A sentence for newcomers, in place; read once, it never comes back by itself. */
export function Hint({ store, place }: { store: Store; place: HintPlace }) {
  const own = useRef<HTMLDivElement>(null);
  const then = (dismiss: () => void) => () => {
    const line = own.current?.parentElement;
    dismiss();
    // Where the buttons were, the next Tab goes on from there.
    line?.focus({ preventScroll: true });
  };
  return (
    <div class="hint" ref={own} role="note" data-testid="hint" data-place={place}>
      <p title={HINTS[place]}>{HINTS[place]}</p>
      <button
        type="button"
        class="text-button"
        data-testid="hint-dismiss"
        onClick={then(() => store.dismissHint(place))}
      >
        Got it
      </button>
      <button
        type="button"
        class="text-button"
        data-testid="hints-dismiss"
        onClick={then(store.dismissHints)}
      >
        No more hints
      </button>
    </div>
  );
}
