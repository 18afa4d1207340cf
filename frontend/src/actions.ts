import { batch } from "@preact/signals";
import type { Choice } from "./choice";
import type { Derived } from "./derived";
import { tagBeside } from "./groups";
import type { BandsChartName } from "./hidden-bands";
import { listActions } from "./list-actions";
import type { Role, Verdict } from "./replies";
import { DEFAULT_SORT, type Sort } from "./rows";
import { runActions } from "./run-actions";
import { viewActions } from "./view-actions";

/** What the views can do: the only code that changes what the user chose. */
export function actions(choice: Choice, derived: Derived) {
  return {
    ...viewActions(choice, derived),
    ...listActions(choice, derived),
    ...runActions(choice),
    selectTag(tag: string) {
      batch(() => {
        if (tag !== choice.tag.peek()) choice.visits.value += 1;
        choice.tag.value = tag;
        choice.hoverStep.value = null;
      });
    },
    /** Selects the tensor that many places further down, past those that are folded away. */
    moveSelection(places: number) {
      const tag = tagBeside(
        derived.entries.peek(),
        derived.orderedRows.peek(),
        choice.tag.peek(),
        places,
      );
      if (tag !== null) this.selectTag(tag);
    },
    toggleRole(role: Role) {
      choice.roles.value = toggled(choice.roles.peek(), role);
    },
    toggleVerdict(verdict: Verdict) {
      choice.verdicts.value = toggled(choice.verdicts.peek(), verdict);
    },
    clearFilters() {
      batch(() => {
        choice.filter.value = "";
        choice.roles.value = [];
        choice.verdicts.value = [];
      });
    },
    /** A second click on a column turns its order around. */
    sortBy(column: Sort["column"]) {
      const { column: current, descending } = choice.sort.peek();
      const first = column === DEFAULT_SORT.column ? DEFAULT_SORT.descending : false;
      choice.sort.value = { column, descending: column === current ? !descending : first };
    },
    /** Only of delta bands are some hidden unasked: there, none is a choice, too. */
    toggleBand(chart: BandsChartName, hidden: ReadonlySet<number>, basisPoints: number) {
      const now = toggled([...hidden], basisPoints).sort((a, b) => a - b);
      const chosen = chart === "bands" && now.length === 0 ? null : now;
      choice.hiddenBands.value = { ...choice.hiddenBands.peek(), [chart]: chosen };
    },
  };
}

function toggled<T>(list: readonly T[], item: T): T[] {
  return list.includes(item) ? list.filter((other) => other !== item) : [...list, item];
}
