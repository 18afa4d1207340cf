import { useEffect } from "preact/hooks";
import type { Store } from "../state";

const LASTS = 3500;

/** What was just done, for a moment. */
export function Toast({ store }: { store: Store }) {
  const told = store.told.value;
  useEffect(() => {
    if (told === null) return undefined;
    const timer = setTimeout(() => {
      store.told.value = null;
    }, LASTS);
    return () => clearTimeout(timer);
  }, [told]);
  return (
    <div class="toast" role="status" data-testid="toast">
      {told !== null && <p>{told}</p>}
    </div>
  );
}
