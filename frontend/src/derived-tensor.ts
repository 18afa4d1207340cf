import { computed } from "@preact/signals";
import type { Choice } from "./choice";
import type { Replies } from "./derived";
import type { DerivedRun } from "./derived-run";
import { keepLast } from "./kept";
import { hasOnlyRecords } from "./recorded";
import type { HistogramReply, SeriesReply } from "./replies";
import { EMPTY, type Snapshot } from "./resource";

/** The chosen tensor of the run that leads. */
export function deriveTensor(
  choice: Choice,
  replies: Replies,
  { run, rows, againstKey }: DerivedRun,
) {
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
  return { row, shownTag, series, seriesData, chosenStep, histogram };
}

/** The step with a histogram nearest to the wanted one; the last when none is wanted. */
export function nearestStep(series: SeriesReply | null, wanted: number | null): number | null {
  const steps = series === null || hasOnlyRecords(series) ? [] : series.steps;
  if (wanted === null) return steps.at(-1) ?? null;
  let nearest: number | null = null;
  for (const step of steps)
    if (nearest === null || Math.abs(step - wanted) < Math.abs(nearest - wanted)) nearest = step;
  return nearest;
}
