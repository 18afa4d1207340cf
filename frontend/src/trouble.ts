import { computed } from "@preact/signals";
import type { compared } from "./compared";
import type { DerivedRun } from "./derived-run";
import type { deriveTensor } from "./derived-tensor";

export interface Notice {
  sentence: string;
  /** When what is still shown was read. */
  readAt: number | null;
}

type InSight = DerivedRun & ReturnType<typeof deriveTensor> & ReturnType<typeof compared>;

/** What went wrong with anything that is in sight. */
export function trouble(known: InSight) {
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
    return { sentence: `The run '${run.value}' is no longer in this logdir.`, readAt };
  });
  return { failure, notice };
}
