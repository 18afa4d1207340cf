import { RunKey } from "../charts/run-key";
import type { ComparedRun } from "../compared";
import type { Store } from "../state";

/** A run's column: its line, its name to order by, and whether the ratios refer to it. */
export function RunHeadCell({ store, compared }: { store: Store; compared: ComparedRun }) {
  const { run, slot, overview } = compared;
  const order = store.runOrder.value?.run === run ? store.runOrder.value : null;
  const sorted = order === null ? "none" : order.descending ? "descending" : "ascending";
  const isReference = run === store.referenceRun.value;
  return (
    <th scope="col" class="cell-run" aria-sort={sorted} data-run={run}>
      <button
        type="button"
        class="run-order"
        data-testid="run-order"
        title={`${run}: order by ${isReference ? "movement" : "the ratio to the reference"}`}
        onClick={() => store.orderByRun(run)}
      >
        <RunKey slot={slot} />
        <span class="run-name">{run}</span>
        <span class="sort-mark" aria-hidden="true">
          {order === null ? "" : order.descending ? "↓" : "↑"}
        </span>
      </button>
      {overview.error && !overview.data ? (
        <span class="run-problem" title={overview.error.message}>
          {overview.error.message}
        </span>
      ) : isReference ? (
        <span class="is-reference">reference</span>
      ) : (
        <button
          type="button"
          class="text-button"
          data-testid="make-reference"
          aria-label={`Compare with ${run}`}
          onClick={() => store.chooseReference(run)}
        >
          make reference
        </button>
      )}
    </th>
  );
}
