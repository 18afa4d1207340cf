import "./hints.css";
import { useRef } from "preact/hooks";
import type { HintTopic } from "../store/hints";
import type { Store } from "../store/store";

const HINTS: Record<HintTopic, string> = {
  headline: "New here? Press ? to read what movement, floor and resolution mean.",
  views: "Above the list: the same tensors as cards, as a heat map, or in several runs.",
  charts: "In the charts: drag to zoom, click to pin a step, ← → to read.",
};

/** A sentence for newcomers; read once, it never comes back by itself. */
export function Hint({ store, topic }: { store: Store; topic: HintTopic }) {
  const own = useRef<HTMLDivElement>(null);
  const then = (dismiss: () => void) => () => {
    const line = own.current?.parentElement;
    dismiss();
    // Where the buttons were, the next Tab goes on from there.
    line?.focus({ preventScroll: true });
  };
  return (
    <div class="hint" ref={own} role="note" data-testid="hint" data-topic={topic}>
      <p title={HINTS[topic]}>{HINTS[topic]}</p>
      <button
        type="button"
        class="text-button"
        data-testid="hint-dismiss"
        onClick={then(() => store.dismissHint(topic))}
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
