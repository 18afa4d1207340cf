import { formatCount } from "../format";
import type { Store } from "../state";

/** At which step the runs are compared: the last that all have, unless each is to tell its last. */
export function RunsBar({ store }: { store: Store }) {
  const common = store.commonStep.value;
  const aligned = store.aligned.value;
  return (
    <p class="runs-bar view-legend">
      <span data-testid="compared-at">{sentence(common, aligned)}</span>
      {common !== null && (
        <button
          type="button"
          class="text-button"
          data-testid="toggle-aligned"
          onClick={store.toggleAligned}
        >
          {aligned ? "each run's last step" : "last common step"}
        </button>
      )}
    </p>
  );
}

function sentence(common: number | null, aligned: boolean): string {
  const what = "Movement of each tensor, and its ratio to the reference";
  if (common === null) return `${what}, at the last step.`;
  if (aligned) return `${what}, at step ${formatCount(common)}, the last that all runs have.`;
  return `${what}, each at its run's own last step: longer runs have had more time to move.`;
}
