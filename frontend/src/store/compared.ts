import { computed, type ReadonlySignal } from "@preact/signals";
import type { OverviewReply, RunsReply, SeriesReply } from "../api/replies";
import { EMPTY, Kept, type Replies, type Snapshot } from "../api/resource";
import { commonStep, goesBeyond } from "../model/common-step";
import { filterRows, type RowFilter } from "../model/filter";
import { type Ratio, ratioOf, ratioRank } from "../model/ratios";
import { alike, measured, type Row, rowsOf } from "../model/rows";
import { type Choice, MOST_RUNS, type RunOrder } from "./choice";

/** One of several runs that stand side by side. */
export interface ComparedRun {
  run: string;
  /** Its colour and dash. */
  slot: number;
  /** All of it; or what it is compared at earlier steps by, where that is missing. */
  overview: Snapshot<OverviewReply>;
  /** All that it has, at its last step. */
  rows: Rows;
  /** The same at earlier steps, those at which some of its tensors are compared. */
  earlier: ReadonlyMap<number, Rows>;
}

type Rows = ReadonlyMap<string, Row>;

/** One tensor in all compared runs, in their order; null where a run does not have it. */
export interface ComparedRow {
  tag: string;
  /** The step that the runs are compared at; null is the last one of each. */
  step: number | null;
  /** Whether each is at its last step because they have none in common. */
  apart: boolean;
  cells: readonly (Row | null)[];
  ratios: readonly Ratio[];
}

/** One of several series over one axis: the chosen tensor in a run, or a tensor of the run. */
export interface OverlaidSeries {
  /** The run's, or the tensor's. */
  name: string;
  /** Its colour and dash. */
  slot: number;
  /** Whether it is a tensor that stays when another one is chosen. */
  isPinned: boolean;
  series: Snapshot<SeriesReply>;
}

interface Known {
  run: ReadonlySignal<string | null>;
  runs: ReadonlySignal<Snapshot<RunsReply>>;
  againstKey: ReadonlySignal<string>;
  tableKey: ReadonlySignal<string>;
  rows: ReadonlySignal<readonly Row[]>;
  shownTag: ReadonlySignal<string | null>;
  orderedRows: ReadonlySignal<readonly Row[]>;
  rowFilter: ReadonlySignal<RowFilter>;
}

/** What follows where several runs are chosen; with one run all of it is empty. */
export function compared(choice: Choice, replies: Replies, known: Known) {
  /** Whether the view of runs sets some side by side, and does not list all. */
  const comparing = computed(() => choice.chosenRuns.value.length > 1 && !choice.listing.value);
  const wholeRuns = runsSideBySide(choice, replies, known);
  const commonSteps = computed(() => stepsInCommon(wholeRuns.value));
  /** Whether some run is compared before its end. */
  const unequal = computed(() =>
    wholeRuns.value.some(({ rows }) => earlierSteps(rows, commonSteps.value).length > 0),
  );
  const comparedRuns = withEarlierSteps(choice, replies, known, wholeRuns, commonSteps);
  const referenceRun = computed(() => {
    const wanted = choice.reference.value;
    return wanted !== null && choice.chosenRuns.value.includes(wanted) ? wanted : known.run.value;
  });
  const comparedRows = computed(() => {
    const steps = choice.aligned.value ? commonSteps.value : null;
    return rowsSideBySide(comparedRuns.value, referenceRun.value, steps, known);
  });
  const orderedComparison = computed(() => {
    const order = choice.order.value;
    const column = comparedRuns.value.findIndex(({ run }) => run === order?.run);
    if (order === null || column < 0) return comparedRows.value;
    return ordered(comparedRows.value, column, order, order.run === referenceRun.value);
  });
  const comparedSeries = overlaid(replies, known, () => tensorInRuns(known, comparedRuns.value));
  /** The tensors whose lines stay beside the chosen one's, with their slots. */
  const pins = computed((): ReadonlyMap<string, number> => {
    const there = new Set(known.rows.value.map(({ tag }) => tag));
    const slots = choice.pins.value.map((tag, slot) => [tag, slot] as const);
    return new Map(slots.filter(([tag]) => there.has(tag)));
  });
  const pinnedSeries = overlaid(replies, known, () => tensorsOfRun(known, pins.value));
  return {
    comparing,
    unequal,
    comparedRuns,
    referenceRun,
    orderedComparison,
    comparedSeries,
    pins,
    pinnedSeries,
  };
}

/** An overview up to a step is kept beside the whole one. */
export function overviewKey(
  run: string,
  tableKey: string,
  until: number | null,
): (string | number)[] {
  return until === null ? [run, tableKey] : [run, tableKey, until];
}

const isWhole = ({ complete }: OverviewReply) => complete;

/** Each run at its last step. */
function runsSideBySide(
  choice: Choice,
  replies: Replies,
  { runs, tableKey }: Known,
): ReadonlySignal<readonly ComparedRun[]> {
  const kept = new Kept<OverviewReply>(isWhole);
  return computed(() => {
    const chosen = choice.chosenRuns.value;
    if (chosen.length < 2) return [];
    const all = runs.value.data?.runs.map(({ run }) => run) ?? [];
    const slots = runSlots(all, chosen);
    const asked = (run: string) => replies.overviews.at(run, tableKey.value).snapshot.value;
    const overviews = kept.follow(new Map(inOrder(all, chosen).map((run) => [run, asked(run)])));
    return [...overviews].map(([run, overview]) => ({
      run,
      slot: slots.get(run) ?? 0,
      overview,
      rows: rowsByTag(overview.data),
      earlier: new Map(),
    }));
  });
}

/** The same runs, and what they say of the steps that they are compared at before their end. */
function withEarlierSteps(
  choice: Choice,
  replies: Replies,
  { tableKey }: Known,
  wholeRuns: ReadonlySignal<readonly ComparedRun[]>,
  commonSteps: ReadonlySignal<CommonSteps>,
): ReadonlySignal<readonly ComparedRun[]> {
  const kept = new Kept<OverviewReply>(isWhole);
  const keyOf = (run: string, step: number) => overviewKey(run, tableKey.value, step);
  const subject = (run: string, step: number) => JSON.stringify([run, step]);
  return computed(() => {
    const wanted = wholeRuns.value.map(({ run, rows }) => {
      const steps = choice.aligned.value ? earlierSteps(rows, commonSteps.value) : [];
      return steps.map((step) => ({ run, step }));
    });
    const overviews = kept.follow(
      new Map(
        wanted
          .flat()
          .map(({ run, step }) => [
            subject(run, step),
            replies.overviews.at(...keyOf(run, step)).snapshot.value,
          ]),
      ),
    );
    return wholeRuns.value.map((whole, i) => {
      const before = (wanted[i] ?? []).map(({ run, step }) => ({
        step,
        overview: overviews.get(subject(run, step)) ?? EMPTY,
      }));
      const all = [whole.overview, ...before.map(({ overview }) => overview)];
      const failed = all.find(({ error }) => error !== null);
      return {
        ...whole,
        overview: failed ?? all.find(({ data }) => data === null) ?? whole.overview,
        earlier: new Map(before.map(({ step, overview }) => [step, rowsByTag(overview.data)])),
      };
    });
  });
}

/** The step at which each tensor's runs are compared; null where they have none in common. */
type CommonSteps = ReadonlyMap<string, number | null>;

/** Each is a further table of every longer run to be asked for; rows at other steps are `apart`. */
const MOST_STEPS = 3;

function stepsInCommon(runs: readonly ComparedRun[]): CommonSteps {
  const tags = new Set(runs.flatMap(({ rows }) => [...rows.keys()]));
  const steps = new Map<string, number | null>();
  const further = new Map<number, number>();
  for (const tag of tags) {
    const rows = runs.flatMap((run) => run.rows.get(tag) ?? []);
    const step = commonStep(rows);
    steps.set(tag, step);
    if (step !== null && rows.some((row) => goesBeyond(row, step)))
      further.set(step, (further.get(step) ?? 0) + 1);
  }
  const rare = [...further].sort(([, a], [, b]) => b - a).slice(MOST_STEPS);
  const tooMany = new Set(rare.map(([step]) => step));
  if (tooMany.size > 0)
    for (const [tag, step] of steps) if (tooMany.has(step ?? Number.NaN)) steps.set(tag, null);
  return steps;
}

/** The steps before its end that a run is asked about. */
function earlierSteps(rows: Rows, steps: CommonSteps): number[] {
  const found = new Set<number>();
  for (const [tag, row] of rows) {
    const step = steps.get(tag) ?? null;
    if (step !== null && goesBeyond(row, step)) found.add(step);
  }
  return [...found].sort((a, b) => a - b);
}

const byTag = new WeakMap<OverviewReply, Rows>();

function rowsByTag(overview: OverviewReply | null): Rows {
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
  steps: CommonSteps | null,
  { run: lead, orderedRows, rowFilter }: Known,
): ComparedRow[] {
  const own = runs.find(({ run }) => run === lead.value)?.rows;
  const further = new Map<string, Row>();
  for (const { rows } of runs)
    for (const [tag, row] of rows) if (!own?.has(tag) && !further.has(tag)) further.set(tag, row);
  const referenceAt = runs.findIndex(({ run }) => run === reference);
  return [...orderedRows.value, ...filterRows([...further.values()], rowFilter.value)].map(
    ({ tag }) => {
      const step = steps?.get(tag) ?? null;
      const cells = alike(runs.map((run) => rowAt(run, tag, step)));
      const ratios = cells.map((row) => ratioOf(row, cells[referenceAt] ?? null));
      const having = runs.filter(({ rows }) => rows.has(tag)).length;
      return { tag, step, apart: steps !== null && step === null && having > 1, cells, ratios };
    },
  );
}

/** Whether rows differ in the step that they are compared at. */
export function tellSteps(rows: readonly ComparedRow[]): boolean {
  const [first] = rows;
  return rows.some(({ step, apart }) => step !== first?.step || apart !== first.apart);
}

function rowAt({ rows, earlier }: ComparedRun, tag: string, step: number | null): Row | null {
  const row = rows.get(tag) ?? null;
  if (row === null || step === null || !goesBeyond(row, step)) return row;
  return earlier.get(step)?.get(tag) ?? null;
}

/** By the reference's measure, or by the ratio to it; what cannot be told comes last. */
function ordered(
  rows: readonly ComparedRow[],
  column: number,
  { descending }: RunOrder,
  byMeasure: boolean,
): ComparedRow[] {
  const sign = descending ? -1 : 1;
  const sizeOf = ({ cells, ratios }: ComparedRow) => {
    const [row, ratio] = [cells[column], ratios[column]];
    if (!byMeasure) return ratio ? ratioRank(ratio) : null;
    if (!row) return null;
    return row.sparkline.measure === "movement" ? row.relativeMovement : measured(row);
  };
  return [...rows].sort((a, b) => {
    const [one, other] = [sizeOf(a), sizeOf(b)];
    if (one === null || other === null) return (one === null ? 1 : 0) - (other === null ? 1 : 0);
    return one === other ? 0 : sign * (one - other);
  });
}

type Wanted = Omit<OverlaidSeries, "series"> & { run: string; tag: string };

/** What is wanted, each with its series; while another baseline's is on its way the last one stays. */
function overlaid(
  replies: Replies,
  { againstKey }: Known,
  wanted: () => readonly Wanted[],
): ReadonlySignal<readonly OverlaidSeries[]> {
  const kept = new Kept<SeriesReply>();
  const subject = ({ run, tag }: Wanted) => JSON.stringify([run, tag]);
  return computed(() => {
    const all = wanted();
    const asked = ({ run, tag }: Wanted) => replies.series.at(run, tag, againstKey.value);
    const series = kept.follow(
      new Map(all.map((one) => [subject(one), asked(one).snapshot.value])),
    );
    return all.flatMap((one) => {
      const found = series.get(subject(one));
      return found ? [{ ...one, series: found }] : [];
    });
  });
}

/** Of a run that does not have the tensor there is nothing to ask. */
function tensorInRuns({ run: lead, shownTag }: Known, runs: readonly ComparedRun[]): Wanted[] {
  const tag = shownTag.value;
  if (tag === null) return [];
  return runs
    .filter(({ run, rows }) => rows.has(tag) || run === lead.value)
    .map(({ run, slot }) => ({ name: run, slot, isPinned: false, run, tag }));
}

/** The chosen tensor, with the first slot that is free, and those that are pinned. */
function tensorsOfRun({ run, shownTag }: Known, pins: ReadonlyMap<string, number>): Wanted[] {
  const [lead, tag] = [run.value, shownTag.value];
  if (lead === null || tag === null || pins.size === 0) return [];
  const slots = new Map(pins);
  if (!slots.has(tag)) slots.set(tag, Math.max(...pins.values()) + 1);
  return [...slots].map(([name, slot]) => {
    return { name, slot: slot % MOST_RUNS, isPinned: pins.has(name), run: lead, tag: name };
  });
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
