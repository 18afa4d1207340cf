import { isArriving } from "../api/resource";
import { ratioPhrase } from "../model/ratios";
import type { Store } from "../store/store";
import { shownName } from "../words/names";
import { formatCount } from "../words/numbers";

const MOST = 4;
const UNKNOWN = { kind: "unknown" } as const;

/** The chosen tensor in the other runs, in words: "In lr-1e-4 it moved a tenth as far as …". */
export function RunSentences({ store }: { store: Store }) {
  const [runs, reference] = [store.comparedRuns.value, store.referenceRun.value];
  const compared = store.orderedComparison.value.find(({ tag }) => tag === store.shownTag.value);
  if (!compared || reference === null) return null;
  const others = runs
    .map(({ run, rows, overview }, i) => ({ run, rows, overview, row: compared.cells[i], i }))
    .filter(({ run, rows, overview, row }) => {
      const isMissing = !rows.has(compared.tag) && !isArriving(overview);
      return run !== reference && (row || isMissing);
    });
  // One more is as long as saying that there is one more.
  const most = others.length > MOST + 1 ? MOST : others.length;
  return (
    <p class="run-sentences" data-testid="run-sentences">
      {compared.apart && "There is no common step, so each run is at its last: "}
      {compared.step !== null && `At step ${formatCount(compared.step)}: `}
      {others.slice(0, most).map(({ run, row, i }) => (
        <span key={run}>
          In <b>{shownName(run)}</b>{" "}
          {row
            ? `${ratioPhrase(compared.ratios[i] ?? UNKNOWN, reference, row.sparkline.measure)}. `
            : "there is no such tensor. "}
        </span>
      ))}
      {most < others.length &&
        `The view of runs tells of ${formatCount(others.length - most)} more.`}
    </p>
  );
}
