import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { OverviewReply, Verdict } from "../api/replies";
import type { Row } from "../model/rows";
import type { Store } from "../store/store";
import { Prose, VerdictIcon } from "../ui/marks";
import { baselineText } from "../words/baseline";
import { stateWord, VERDICTS, verdictMeaning, verdictWord } from "../words/labels";
import { formatCount, plural } from "../words/numbers";
import { LeftOutNotice, OverviewProgress, WithoutFiles } from "./progress";

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
        {overview.left_out.length > 0 && <LeftOutNotice items={overview.left_out} />}
      </div>
      <RunNotes store={store} />
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
        {text}
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

const TEST_IDS: Record<NotedFlag, string> = {
  baseline_sampled: "baseline-note",
  shared_tag: "shared-tag-note",
};

/** What all numbers of this run have to be read with. */
function RunNotes({ store }: { store: Store }) {
  return (
    <>
      {runNotes(store.rows.value).map(({ flag, tags, count, reason }) => (
        <p key={flag} class="run-note" data-testid={TEST_IDS[flag]} title={tags.join("\n")}>
          <b>{count}:</b> <Prose text={reason} />
        </p>
      ))}
    </>
  );
}

/** Flags that change how every number of their tensors is to be read. */
const NOTED = ["baseline_sampled", "shared_tag"] as const;

type NotedFlag = (typeof NOTED)[number];

/** A flag's reason, said once for all tensors that raise it. */
interface RunNote {
  flag: NotedFlag;
  tags: string[];
  count: string;
  reason: string;
}

export function runNotes(rows: readonly Row[]): RunNote[] {
  return NOTED.flatMap((flag) => {
    const raising = rows.filter(({ flags }) => flags.includes(flag));
    if (raising.length === 0) return [];
    const reason = commonest(raising.map(({ evidence }) => evidence.flags[flag] ?? ""));
    const count = `${raising.length} of ${plural(rows.length, "tensor")}`;
    return [{ flag, tags: raising.map(({ tag }) => tag), count, reason }];
  });
}

function commonest(texts: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return [...counts].find(([, count]) => count === most)?.[0] ?? "";
}
