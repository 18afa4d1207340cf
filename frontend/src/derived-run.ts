import { computed } from "@preact/signals";
import type { Choice } from "./choice";
import type { Replies } from "./derived";
import { keepLast } from "./kept";
import { listed } from "./listed";
import type { OverviewReply } from "./replies";
import { EMPTY } from "./resource";
import { filterRows, rowsOf, sortRows, tagMatcher } from "./rows";
import { comparisonQuery } from "./view-link";

/** The run that leads, and its tensors as they are listed. */
export function deriveRun(choice: Choice, replies: Replies) {
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
    keepLast<OverviewReply>(
      () => run.value ?? "",
      () =>
        run.value === null
          ? EMPTY
          : replies.overviews.at(run.value, againstKey.value).snapshot.value,
      ({ complete }) => complete,
    ),
  );
  const rows = computed(() => (overview.value.data ? rowsOf(overview.value.data) : []));
  const matcher = computed(() => tagMatcher(choice.filter.value));
  const rowFilter = computed(() => ({
    tag: matcher.value,
    roles: choice.roles.value,
    verdicts: choice.verdicts.value,
  }));
  const shownRows = computed(() =>
    sortRows(filterRows(rows.value, rowFilter.value), choice.sort.value),
  );
  const list = listed(choice, rows, shownRows);
  return {
    run,
    runs,
    chosen,
    against,
    againstKey,
    overview,
    rows,
    matcher,
    rowFilter,
    shownRows,
    ...list,
  };
}

export type DerivedRun = ReturnType<typeof deriveRun>;
