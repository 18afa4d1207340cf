import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { OverviewReply, Verdict } from "../api/replies";
import type { Store } from "../store/store";
import { Prose, VerdictIcon } from "../ui/marks";
import { baselineText } from "../words/baseline";
import { stateWord, VERDICTS, verdictMeaning, verdictWord } from "../words/labels";
import { formatCount } from "../words/numbers";
import { DroppedRuns, LeftOutNotice, OverviewProgress, WithoutFiles } from "./progress";

/** The answer first: a sentence, what it rests on, and how many tensors fared how. */
export function Headline({ store }: { store: Store }) {
  const overview = store.overview.value.data;
  return (
    <section
      class="headline"
      data-testid="headline"
      aria-label="Answer"
      aria-busy={overview === null}
    >
      {overview ? <Answer store={store} overview={overview} /> : <HeadlineSkeleton />}
      <OverviewProgress store={store} />
    </section>
  );
}

function Answer({ store, overview }: { store: Store; overview: OverviewReply }) {
  const { state, sentence, detail } = overview.headline;
  const sampled = overview.columns.flags.some((flags) => flags.includes("baseline_sampled"));
  return (
    <>
      <div class="answer">
        <span class={`answer-state state-${state}`} data-testid="state">
          {stateWord(state)}
        </span>
        <h1>
          <Prose text={sentence} />
        </h1>
      </div>
      <Explanation text={detail} />
      <div class="headline-row">
        <VerdictCounts store={store} overview={overview} />
        <span class="baseline-text" data-testid="baseline">
          {baselineText(overview.baseline, overview.columns.baseline_step, sampled)}
        </span>
        <WithoutFiles store={store} />
        <DroppedRuns store={store} />
        {overview.left_out.length > 0 && <LeftOutNotice items={overview.left_out} />}
      </div>
    </>
  );
}

/** Two lines of it until asked for more. */
function Explanation({ text }: { text: string }) {
  const [whole, setWhole] = useState(false);
  const [ref, cut] = useCutOff();
  return (
    <p class="explanation" title={cut ? text : undefined}>
      <span ref={ref} class={whole ? "" : "explanation-clamped"}>
        <Prose text={text} />
      </span>
      {(cut || whole) && (
        <button type="button" class="text-button" onClick={() => setWhole(!whole)}>
          {whole ? "less" : "more"}
        </button>
      )}
    </p>
  );
}

/** Whether an element shows less than it holds. */
function useCutOff(): [ref: { current: HTMLSpanElement | null }, cut: boolean] {
  const ref = useRef<HTMLSpanElement>(null);
  const [cut, setCut] = useState(false);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const measure = () => setCut(element.scrollHeight > element.clientHeight + 1);
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  return [ref, cut];
}

/** Each count is also a filter of the table. */
function VerdictCounts({ store, overview }: { store: Store; overview: OverviewReply }) {
  const chosen = store.verdicts.value;
  const known = new Set<Verdict>([...VERDICTS, ...(Object.keys(overview.counts) as Verdict[])]);
  const shown = [...known].filter(
    (verdict) => overview.counts[verdict] || chosen.includes(verdict),
  );
  return (
    <fieldset class="counts">
      <legend class="unseen">Verdicts</legend>
      {shown.map((verdict) => (
        <button
          key={verdict}
          type="button"
          class={`count verdict-${verdict}`}
          data-testid={`verdict-${verdict}`}
          title={verdictMeaning(verdict, overview.thresholds)}
          aria-pressed={chosen.includes(verdict)}
          onClick={() => store.toggleVerdict(verdict)}
        >
          <VerdictIcon verdict={verdict} />
          <span>
            <b>{formatCount(overview.counts[verdict] ?? 0)}</b> {verdictWord(verdict)}
          </span>
        </button>
      ))}
    </fieldset>
  );
}

function HeadlineSkeleton() {
  return (
    <div class="skeletons" aria-hidden="true">
      <i class="skeleton large" style={{ width: "62%" }} />
      <i class="skeleton" style={{ width: "78%" }} />
      <i class="skeleton" style={{ width: "34%" }} />
    </div>
  );
}
