import { computed, type ReadonlySignal } from "@preact/signals";
import type { OverviewReply, RunsReply, SeriesReply } from "../api/replies";
import { Kept, type Replies, type Snapshot } from "../api/resource";
import { filterRows, type RowFilter } from "../model/filter";
import { type Ratio, ratioOf, ratioRank } from "../model/ratios";
import { alike, type Row, rowsOf } from "../model/rows";
import { type Choice, MOST_RUNS, type RunOrder } from "./choice";

/** One of several runs that stand side by side. */
export interface ComparedRun {
  run: string;
  /** Its colour and dash. */
  slot: number;
  /** The step that it is measured up to; null is its last. */
  until: number | null;
  overview: Snapshot<OverviewReply>;
  rows: ReadonlyMap<string, Row>;
}

/** One tensor in all compared runs, in their order; null where a run does not have it. */
export interface ComparedRow {
  tag: string;
  cells: readonly (Row | null)[];
  ratios: readonly Ratio[];
}

/** The chosen tensor in one of the compared runs. */
export interface ComparedSeries {
  run: string;
  slot: number;
  series: Snapshot<SeriesReply>;
}

interface Known {
  run: ReadonlySignal<string | null>;
  runs: ReadonlySignal<Snapshot<RunsReply>>;
  againstKey: ReadonlySignal<string>;
  tableKey: ReadonlySignal<string>;
  shownTag: ReadonlySignal<string | null>;
  orderedRows: ReadonlySignal<readonly Row[]>;
  rowFilter: ReadonlySignal<RowFilter>;
}

/** What follows where several runs are chosen; with one run all of it is empty. */
export function compared(choice: Choice, replies: Replies, known: Known) {
  const { commonStep, untilOf } = runLengths(choice, known.runs);
  const comparedRuns = runsSideBySide(choice, replies, known, untilOf);
  const referenceRun = computed(() => {
    const wanted = choice.reference.value;
    return wanted !== null && choice.chosenRuns.value.includes(wanted) ? wanted : known.run.value;
  });
  const comparedRows = computed(() =>
    rowsSideBySide(comparedRuns.value, referenceRun.value, known),
  );
  const orderedComparison = computed(() => {
    const order = choice.order.value;
    const column = comparedRuns.value.findIndex(({ run }) => run === order?.run);
    if (order === null || column < 0) return comparedRows.value;
    return ordered(comparedRows.value, column, order, order.run === referenceRun.value);
  });
  const comparedSeries = seriesSideBySide(replies, known, comparedRuns);
  return { commonStep, comparedRuns, referenceRun, orderedComparison, comparedSeries };
}

/** An overview up to a step is kept beside the whole one. */
export function overviewKey(
  run: string,
  tableKey: string,
  until: number | null,
): (string | number)[] {
  return until === null ? [run, tableKey] : [run, tableKey, until];
}

function runsSideBySide(
  choice: Choice,
  replies: Replies,
  { runs, tableKey }: Known,
  untilOf: (run: string) => number | null,
): ReadonlySignal<readonly ComparedRun[]> {
  const kept = new Kept<OverviewReply>(({ complete }) => complete);
  return computed(() => {
    const chosen = choice.chosenRuns.value;
    if (chosen.length < 2) return [];
    const all = runs.value.data?.runs.map(({ run }) => run) ?? [];
    const slots = runSlots(all, chosen);
    const asked = (run: string) =>
      replies.overviews.at(...overviewKey(run, tableKey.value, untilOf(run))).snapshot.value;
    const overviews = kept.follow(new Map(inOrder(all, chosen).map((run) => [run, asked(run)])));
    return [...overviews].map(([run, overview]) => ({
      run,
      slot: slots.get(run) ?? 0,
      until: untilOf(run),
      overview,
      rows: rowsByTag(overview.data),
    }));
  });
}

const byTag = new WeakMap<OverviewReply, ReadonlyMap<string, Row>>();

function rowsByTag(overview: OverviewReply | null): ReadonlyMap<string, Row> {
  if (overview === null) return new Map();
  const known = byTag.get(overview);
  if (known) return known;
  const rows = new Map(rowsOf(overview).map((row) => [row.tag, row]));
  byTag.set(overview, rows);
  return rows;
}

/** The listed tensors of the run that leads, then those that only others have. */
function rowsSideBySide(
  runs: readonly ComparedRun[],
  reference: string | null,
  { run: lead, orderedRows, rowFilter }: Known,
): ComparedRow[] {
  const own = runs.find(({ run }) => run === lead.value)?.rows;
  const further = new Map<string, Row>();
  for (const { rows } of runs)
    for (const [tag, row] of rows) if (!own?.has(tag) && !further.has(tag)) further.set(tag, row);
  const referenceAt = runs.findIndex(({ run }) => run === reference);
  return [...orderedRows.value, ...filterRows([...further.values()], rowFilter.value)].map(
    ({ tag }) => {
      const cells = alike(runs.map(({ rows }) => rows.get(tag) ?? null));
      return { tag, cells, ratios: cells.map((row) => ratioOf(row, cells[referenceAt] ?? null)) };
    },
  );
}

/** By the reference's movement, or by the ratio to it; what cannot be told comes last. */
function ordered(
  rows: readonly ComparedRow[],
  column: number,
  { descending }: RunOrder,
  byMovement: boolean,
): ComparedRow[] {
  const sign = descending ? -1 : 1;
  const sizeOf = ({ cells, ratios }: ComparedRow) => {
    if (byMovement) return cells[column]?.relativeMovement ?? null;
    const ratio = ratios[column];
    return ratio ? ratioRank(ratio) : null;
  };
  return [...rows].sort((a, b) => {
    const [one, other] = [sizeOf(a), sizeOf(b)];
    if (one === null || other === null) return (one === null ? 1 : 0) - (other === null ? 1 : 0);
    return one === other ? 0 : sign * (one - other);
  });
}

/** Of a run that does not have the tensor there is nothing to ask. */
function seriesSideBySide(
  replies: Replies,
  { run: lead, shownTag, againstKey }: Known,
  comparedRuns: ReadonlySignal<readonly ComparedRun[]>,
): ReadonlySignal<readonly ComparedSeries[]> {
  const kept = new Kept<SeriesReply>();
  return computed(() => {
    const tag = shownTag.value;
    if (tag === null) return [];
    const having = comparedRuns.value.filter(
      ({ run, rows }) => rows.has(tag) || run === lead.value,
    );
    const subject = (run: string) => JSON.stringify([run, tag]);
    const series = kept.follow(
      new Map(
        having.map(({ run }) => [
          subject(run),
          replies.series.at(run, tag, againstKey.value).snapshot.value,
        ]),
      ),
    );
    return having.flatMap(({ run, slot }) => {
      const found = series.get(subject(run));
      return found ? [{ run, slot, series: found }] : [];
    });
  });
}

/** Where the chosen runs end, and up to which step each of them is compared. */
function runLengths(choice: Choice, runs: ReadonlySignal<Snapshot<RunsReply>>) {
  const lastSteps = computed(() => {
    const steps = new Map<string, number>();
    for (const { run, last_step } of runs.value.data?.runs ?? [])
      if (last_step !== null && choice.chosenRuns.value.includes(run)) steps.set(run, last_step);
    return steps;
  });
  /** The last step that all chosen runs have; null where they end together. */
  const commonStep = computed(() => {
    const steps = [...lastSteps.value.values()];
    const least = Math.min(...steps);
    return steps.some((step) => step > least) ? least : null;
  });
  /** The step that a run is measured up to; null is its last. */
  const untilOf = (run: string): number | null => {
    const common = commonStep.value;
    if (common === null || !choice.aligned.value) return null;
    return (lastSteps.value.get(run) ?? 0) > common ? common : null;
  };
  return { commonStep, untilOf };
}

/**
 * The slot of each chosen run: its colour and its dash. A run's place in the logdir decides, so
 * that it looks the same whatever stands beside it; where two runs want one slot, the later one
 * takes the next that is free.
 */
export function runSlots(
  all: readonly string[],
  chosen: readonly string[],
): ReadonlyMap<string, number> {
  const slots = new Map<string, number>();
  const taken = new Set<number>();
  for (const run of inOrder(all, chosen)) {
    let slot = Math.max(0, all.indexOf(run)) % MOST_RUNS;
    while (taken.has(slot) && taken.size < MOST_RUNS) slot = (slot + 1) % MOST_RUNS;
    taken.add(slot);
    slots.set(run, slot);
  }
  return slots;
}

/** The chosen runs in the order of the logdir; one that is not there any more comes last. */
export function inOrder(all: readonly string[], chosen: readonly string[]): string[] {
  const place = (run: string) => (all.includes(run) ? all.indexOf(run) : all.length);
  return [...chosen].sort((a, b) => place(a) - place(b));
}
