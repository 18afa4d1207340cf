import { isArriving } from "../arriving";
import { plural } from "../format";
import type { Store } from "../state";

/** Why no tensor is in sight. */
export function Remark({ store }: { store: Store }) {
  if (store.overview.value.data === null || store.shownRows.value.length > 0) return null;
  const total = store.rows.value.length;
  if (total === 0) return <p class="table-remark">This run has no histograms yet.</p>;
  const soFar = isArriving(store.overview.value) ? " measured so far" : "";
  return (
    <div class="table-remark" data-testid="no-match">
      <p>{`None of the ${plural(total, "tensor")}${soFar} matches the filter.`}</p>
      <button type="button" class="button" onClick={() => store.clearFilters()}>
        Show all
      </button>
    </div>
  );
}
