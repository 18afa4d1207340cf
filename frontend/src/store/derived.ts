import { computed, type ReadonlySignal } from "@preact/signals";
import type { HistogramReply, OverviewReply, ScalarsReply, SeriesReply } from "../api/replies";
import { EMPTY, keepLast, type Replies, type Snapshot } from "../api/resource";
import { textWidth } from "../host/text-width";
import { filterRows, tagMatcher } from "../model/filter";
import { entriesOf, groupRows, KIND_SCOPES, kindsBelow, rowsOfItem } from "../model/groups";
import { Names, sharedEnds } from "../model/names";
import { isDefault, type Row, rowsOf, sortRows } from "../model/rows";
import { hasOnlyRecords, nearest } from "../model/series";
import { shownName } from "../words/names";
import type { Choice } from "./choice";
import { linkToValues } from "./choice";
import { compared } from "./compared";

/** What follows from the choice and the replies. */
export function derive(choice: Choice, replies: Replies) {
  const ofRun = deriveRun(choice, replies);
  const ofTensor = deriveTensor(choice, replies, ofRun);
  const beside = compared(choice, replies, { ...ofRun, ...ofTensor });
  const known = { ...ofRun, ...ofTensor, ...beside };
  return { ...known, ...trouble(known) };
}

export type Derived = ReturnType<typeof derive>;

/** The run that leads, and its tensors as they are listed. */
function deriveRun(choice: Choice, replies: Replies) {
  const run = computed(() => choice.chosenRuns.value[0] ?? null);
  const runs = computed(() => replies.runs.snapshot.value);
  /** What the logdir's list says of the chosen runs. */
  const chosen = computed(() =>
    (runs.value.data?.runs ?? []).filter((entry) => choice.chosenRuns.value.includes(entry.run)),
  );
  const against = computed(() =>
    linkToValues({ baseline: choice.baseline.value, thresholds: choice.thresholds.value }),
  );
  const againstKey = computed(() => JSON.stringify(against.value));
  /** What a table is asked for by: another measure is another table. */
  const table = computed(() =>
    choice.measure.value === "movement"
      ? against.value
      : { ...against.value, measure: choice.measure.value },
  );
  const tableKey = computed(() => JSON.stringify(table.value));
  const overview = computed(
    keepLast<OverviewReply>(
      () => run.value ?? "",
      () =>
        run.value === null ? EMPTY : replies.overviews.at(run.value, tableKey.value).snapshot.value,
      ({ complete }) => complete,
    ),
  );
  const rows = computed(() => (overview.value.data ? rowsOf(overview.value.data) : []));
  const matcher = computed(() =>
    tagMatcher(choice.filter.value, choice.filter.value === choice.linkedFilter.value),
  );
  const rowFilter = computed(() => ({
    tag: matcher.value,
    roles: choice.roles.value,
    verdicts: choice.verdicts.value,
  }));
  const shownRows = computed(() =>
    sortRows(filterRows(rows.value, rowFilter.value), choice.sort.value),
  );
  const list = listed(choice, shownRows);
  return {
    run,
    runs,
    chosen,
    against,
    againstKey,
    table,
    tableKey,
    overview,
    rows,
    matcher,
    rowFilter,
    shownRows,
    ...list,
  };
}

type DerivedRun = ReturnType<typeof deriveRun>;

/** The shown tensors as the views list them. */
function listed(choice: Choice, shownRows: ReadonlySignal<readonly Row[]>) {
  const widthOf = textWidth();
  /** The texts that stand for the names, and what is left out of all of them. */
  const names = computed(() => {
    const tags = shownRows.value.map(({ tag }) => tag);
    return new Names(tags, sharedEnds(tags), widthOf);
  });
  const items = computed(() => {
    const all = choice.filter.value === "" && choice.roles.value.length === 0;
    const inOrder = all && choice.verdicts.value.length === 0 && isDefault(choice.sort.value);
    const arrange = (rows: readonly Row[]) =>
      choice.grouped.value ? groupRows(rows, names.value.ends, widthOf) : rows;
    return inOrder ? kindsBelow(shownRows.value, names.value, arrange) : arrange(shownRows.value);
  });
  /** In the order that all views follow. */
  const orderedRows = computed(() =>
    choice.grouped.value ? items.value.flatMap(rowsOfItem) : shownRows.value,
  );
  /** The scopes that are folded away: kinds, unless somebody asks, and what somebody folds. */
  const folded = computed<ReadonlySet<string>>(() => {
    const turned = choice.turned.value;
    const kinds = KIND_SCOPES.filter((scope) => !turned.includes(scope));
    return new Set([...kinds, ...turned.filter((scope) => !KIND_SCOPES.includes(scope))]);
  });
  /** What table and cards list: folded groups by their heads alone. */
  const entries = computed(() => entriesOf(items.value, folded.value, names.value));
  return { names, orderedRows, folded, entries };
}

/** The chosen tensor of the run that leads. */
function deriveTensor(choice: Choice, replies: Replies, { run, rows, againstKey }: DerivedRun) {
  const row = computed(() => rows.value.find(({ tag }) => tag === choice.tag.value) ?? null);
  const shownTag = computed(() => row.value?.tag ?? null);
  const series = computed(
    keepLast<SeriesReply>(
      () => JSON.stringify([run.value, shownTag.value]),
      () =>
        run.value === null || shownTag.value === null
          ? EMPTY
          : replies.series.at(run.value, shownTag.value, againstKey.value).snapshot.value,
    ),
  );
  const seriesData = computed(() => series.value.data);
  const chosenStep = computed(() => nearestStep(seriesData.value, choice.step.value));
  const histogram = computed<Snapshot<HistogramReply>>(() =>
    run.value === null || shownTag.value === null || chosenStep.value === null
      ? EMPTY
      : replies.histograms.at(run.value, shownTag.value, chosenStep.value, choice.baseline.value)
          .snapshot.value,
  );
  /** A scalar of the run to stand beside movement; what fails there takes nothing else along. */
  const scalars = computed<Snapshot<ScalarsReply>>(() =>
    run.value === null
      ? EMPTY
      : replies.scalars.at(run.value, choice.scalar.value ?? "").snapshot.value,
  );
  return { row, shownTag, series, seriesData, chosenStep, histogram, scalars };
}

/** The step with a histogram nearest to the wanted one; the last when none is wanted. */
export function nearestStep(series: SeriesReply | null, wanted: number | null): number | null {
  const steps = series === null || hasOnlyRecords(series) ? [] : series.steps;
  if (wanted === null) return steps.at(-1) ?? null;
  return steps[nearest(steps, wanted)] ?? null;
}

export interface Notice {
  sentence: string;
  /** When what is still shown was read. */
  readAt: number | null;
}

type InSight = DerivedRun & ReturnType<typeof deriveTensor> & ReturnType<typeof compared>;

/** What went wrong with anything that is in sight. */
function trouble(known: InSight) {
  const { run, runs, overview, series, histogram, comparedRuns, comparedSeries } = known;
  const inSight = computed(() => [
    runs.value,
    overview.value,
    series.value,
    histogram.value,
    ...comparedRuns.value.map((each) => each.overview),
    ...comparedSeries.value.map((each) => each.series),
  ]);
  const failure = computed(() => inSight.value.find(({ error }) => error !== null)?.error ?? null);
  /** Behind data that are still shown; failures with nothing to show have their own place. */
  const notice = computed((): Notice | null => {
    const failed = inSight.value.find(({ error, data }) => error !== null && data !== null);
    if (failed?.error) return { sentence: failed.error.message, readAt: failed.readAt };
    const listed = runs.value.data?.runs.some((entry) => entry.run === run.value) ?? true;
    const { data, readAt } = overview.value;
    if (run.value === null || listed || !data) return null;
    return { sentence: `The run '${shownName(run.value)}' is no longer in this logdir.`, readAt };
  });
  return { failure, notice };
}
