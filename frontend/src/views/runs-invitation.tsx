import { plural } from "../format";
import { MOST_RUNS } from "../run-link";
import type { Store } from "../state";

const OFFERED = 12;

/** With one run there is nothing to compare: what to choose, and why. */
export function RunsInvitation({ store }: { store: Store }) {
  const own = store.run.value;
  const others = (store.runs.value.data?.runs ?? []).filter(({ run }) => run !== own);
  if (others.length === 0)
    return <p class="table-remark">There is only one run in this logdir: nothing to compare.</p>;
  return (
    <div class="table-remark runs-invitation" data-testid="runs-invitation">
      <p>
        Which run's weights moved further? Choose runs to set beside <b>{own}</b>:
      </p>
      <div class="runs-offered">
        {others.slice(0, OFFERED).map(({ run }) => (
          <button
            key={run}
            type="button"
            class="toggle"
            title={run}
            onClick={() => store.toggleRun(run)}
          >
            {run}
          </button>
        ))}
      </div>
      {others.length > 1 && others.length < MOST_RUNS && (
        <button
          type="button"
          class="button"
          data-testid="compare-all"
          onClick={() => {
            for (const { run } of others) store.toggleRun(run);
          }}
        >
          {`All ${others.length + 1} runs`}
        </button>
      )}
      {others.length > OFFERED && (
        <p>{`${plural(others.length - OFFERED, "more run")} in the list at the top left.`}</p>
      )}
    </div>
  );
}
