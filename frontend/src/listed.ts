import { computed, type ReadonlySignal } from "@preact/signals";
import type { Choice } from "./choice";
import { entriesOf, groupRows } from "./groups";
import { sharedEnds } from "./names";
import type { Row } from "./rows";

/** The shown tensors as the views list them. */
export function listed(
  choice: Choice,
  rows: ReadonlySignal<readonly Row[]>,
  shownRows: ReadonlySignal<readonly Row[]>,
) {
  const shared = computed(() => sharedEnds(rows.value.map(({ tag }) => tag)));
  const groups = computed(() =>
    choice.grouped.value ? groupRows(shownRows.value, shared.value) : null,
  );
  /** In the order that all views follow. */
  const orderedRows = computed(
    () => groups.value?.flatMap((group) => group.rows) ?? shownRows.value,
  );
  /** What table and cards list: folded groups by their heads alone. */
  const entries = computed(() =>
    entriesOf(groups.value ?? shownRows.value, choice.folded.value, shared.value),
  );
  return { shared, groups, orderedRows, entries };
}
