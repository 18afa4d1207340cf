import { useChunk } from "../controls/chunk";
import type { HintPlace } from "../hints";
import type { Store } from "../state";

/** The line that is kept for a hint, and the hint while it is its turn. */
export function HintLine({ store, place }: { store: Store; place: HintPlace }) {
  const kept = store.hintPlaces.value.includes(place);
  const { module } = useChunk(() => import("./hint"), kept);
  if (!kept) return null;
  return (
    <div class="hint-line" tabIndex={-1}>
      {module && store.hint.value === place && <module.Hint store={store} place={place} />}
    </div>
  );
}
