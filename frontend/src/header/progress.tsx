import type { Store } from "../store/store";
import { formatCount } from "../words/numbers";

/** A long overview says how far it is; what was there before stays below it. */
export function OverviewProgress({ store }: { store: Store }) {
  const progress = store.overview.value.progress;
  if (progress === null) return null;
  const { measured, of } = progress;
  return (
    <p class="overview-progress" data-testid="overview-progress" role="status">
      <progress aria-hidden="true" value={measured} max={of} />
      {`Reading and measuring: ${formatCount(measured)} of ${formatCount(of)} tensors so far`}
    </p>
  );
}
