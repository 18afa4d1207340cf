import { isArriving } from "../arriving";
import { formatCount } from "../format";
import { ratioPhrase } from "../ratios";
import type { Store } from "../state";

/** The chosen tensor in the other runs, in words: "In lr-1e-4 it moved 10 times less than …". */
export function RunSentences({ store }: { store: Store }) {
  const [runs, reference] = [store.comparedRuns.value, store.referenceRun.value];
  const compared = store.orderedComparison.value.find(({ tag }) => tag === store.shownTag.value);
  if (!compared || reference === null) return null;
  const others = runs
    .map(({ run, overview }, i) => ({ run, overview, row: compared.cells[i], i }))
    .filter(({ run, overview, row }) => run !== reference && (row || !isArriving(overview)));
  const common = store.aligned.value ? store.commonStep.value : null;
  return (
    <p class="run-sentences" data-testid="run-sentences">
      {common !== null && `At step ${formatCount(common)}: `}
      {others.map(({ run, row, i }) => (
        <span key={run}>
          In <b>{run}</b>{" "}
          {row
            ? `it ${ratioPhrase(compared.ratios[i] ?? { kind: "unknown" }, reference)}. `
            : "there is no such tensor. "}
        </span>
      ))}
    </p>
  );
}
