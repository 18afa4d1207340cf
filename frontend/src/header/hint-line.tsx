import type { Store } from "../store/store";
import { useChunk } from "../ui/lazy";

/** The line that is kept for hints during a visit, and the one whose turn it is. */
export function HintLine({ store }: { store: Store }) {
  const kept = store.hintTopics.value.length > 0;
  const topic = store.hint.value;
  const { module } = useChunk(() => import("./hints"), kept);
  if (!kept) return null;
  return (
    <div class="hint-line" tabIndex={-1}>
      {module && topic !== null && <module.Hint store={store} topic={topic} />}
    </div>
  );
}
