import { computed } from "@preact/signals";
import type { Choice } from "./choice";
import { compared } from "./compared";
import { Kept } from "./kept";
import { listed } from "./listed";
import type { HistogramReply, OverviewReply, RunsReply, SeriesReply } from "./replies";
import { EMPTY, Resource, Shelf, type Snapshot } from "./resource";
import { filterRows, rowsOf, sortRows, tagMatcher } from "./rows";
import { comparisonQuery } from "./view-link";

/** Every reply under what it answers, so that none can ever be shown in another's place. */
export function createReplies() {
  return {
    runs: new Resource<RunsReply>(),
    overviews: new Shelf<OverviewReply>(24),
    series: new Shelf<SeriesReply>(64),
    histograms: new Shelf<HistogramReply>(256),
  };
}

export type Replies = ReturnType<typeof createReplies>;

/** What follows from the choice and the replies. */
export function derive(choice: Choice, replies: Replies) {
  const run = computed(() => choice.chosenRuns.value[0] ?? null);
  const runs = computed(() => replies.runs.snapshot.value);
  /** What the logdir's list says of the chosen runs. */
  const chosen = computed(() =>
    (runs.value.data?.runs ?? []).filter((entry) => choice.chosenRuns.value.includes(entry.run)),
  );
  const against = computed(() =>
    comparisonQuery({ baseline: choice.baseline.value, thresholds: choice.thresholds.value }),
  );
  const againstKey = computed(() => JSON.stringify(against.value));
  const overview = computed(
    keepLast(
      () => run.value ?? "",
      () =>
        run.value === null
          ? none<OverviewReply>()
          : replies.overviews.at(run.value, againstKey.value).snapshot.value,
    ),
  );
  const rows = computed(() => (overview.value.data ? rowsOf(overview.value.data) : []));
  const matcher = computed(() => tagMatcher(choice.filter.value));
  const filter = computed(() => ({
    tag: matcher.value,
    roles: choice.roles.value,
    verdicts: choice.verdicts.value,
  }));
  const shownRows = computed(() =>
    sortRows(filterRows(rows.value, filter.value), choice.sort.value),
  );
  const list = listed(choice, rows, shownRows);
  const row = computed(() => rows.value.find(({ tag }) => tag === choice.tag.value) ?? null);
  const shownTag = computed(() => row.value?.tag ?? null);
  const series = computed(
    keepLast(
      () => JSON.stringify([run.value, shownTag.value]),
      () =>
        run.value === null || shownTag.value === null
          ? none<SeriesReply>()
          : replies.series.at(run.value, shownTag.value, againstKey.value).snapshot.value,
    ),
  );
  const besides = compared(choice, replies, {
    run,
    runs,
    againstKey,
    shownTag,
    orderedRows: list.orderedRows,
    filter,
  });
  const seriesData = computed(() => series.value.data);
  const chosenStep = computed(() => nearestStep(seriesData.value, choice.step.value));
  const histogram = computed(() =>
    run.value === null || shownTag.value === null || chosenStep.value === null
      ? none<HistogramReply>()
      : replies.histograms.at(run.value, shownTag.value, chosenStep.value, choice.baseline.value)
          .snapshot.value,
  );
  const shown = computed(() => [
    runs.value,
    overview.value,
    series.value,
    histogram.value,
    ...besides.comparedRuns.value.map(({ overview }) => overview),
    ...besides.comparedSeries.value.map(({ series }) => series),
  ]);
  const notice = computed(() => noticeOf(run.value, shown.value, runs.value));
  /** What failed of all that is in sight. */
  const failure = computed(() => shown.value.find(({ error }) => error !== null)?.error ?? null);
  return {
    run,
    runs,
    chosen,
    against,
    againstKey,
    overview,
    rows,
    matcher,
    shownRows,
    ...list,
    ...besides,
    row,
    shownTag,
    series,
    seriesData,
    chosenStep,
    histogram,
    notice,
    failure,
  };
}

export type Derived = ReturnType<typeof derive>;

/** With another baseline or threshold: what was read before stays until the new reply comes. */
function keepLast<T>(subject: () => string, read: () => Snapshot<T>): () => Snapshot<T> {
  const kept = new Kept<T>();
  return () => {
    const snapshot = read();
    return kept.follow(new Map([[subject(), snapshot]])).get(subject()) ?? snapshot;
  };
}

function none<T>(): Snapshot<T> {
  return EMPTY;
}

/** The kept step nearest to the wanted one; the last when none is wanted. */
export function nearestStep(series: SeriesReply | null, wanted: number | null): number | null {
  const steps = series?.steps ?? [];
  if (wanted === null) return steps.at(-1) ?? null;
  let nearest: number | null = null;
  for (const step of steps)
    if (nearest === null || Math.abs(step - wanted) < Math.abs(nearest - wanted)) nearest = step;
  return nearest;
}

export interface Notice {
  sentence: string;
  /** When what is still shown was read. */
  readAt: number | null;
}

/** A failure behind data that are still shown; failures with nothing to show have their own place. */
function noticeOf(
  run: string | null,
  shown: readonly Snapshot<unknown>[],
  runs: Snapshot<RunsReply>,
): Notice | null {
  const failed = shown.find(({ error, data }) => error !== null && data !== null);
  if (failed?.error) return { sentence: failed.error.message, readAt: failed.readAt };
  const listed = runs.data?.runs.some((entry) => entry.run === run) ?? true;
  const overview = shown[1];
  if (run === null || listed || !overview?.data) return null;
  return { sentence: `The run '${run}' is no longer in this logdir.`, readAt: overview.readAt };
}
