import { batch } from "@preact/signals";
import type { BandsChartName, Choice } from "./choice";
import type { Derived } from "./derived";
import type { Role, Verdict } from "./replies";
import { DEFAULT_SORT, type Sort } from "./rows";

/** What the views can do: the only code that changes what the user chose. */
export function actions(choice: Choice, { shownRows }: Derived) {
  return {
    chooseRun(run: string) {
      batch(() => {
        choice.chosenRuns.value = [run];
        choice.step.value = null;
        choice.hoverStep.value = null;
      });
    },
    selectTag(tag: string) {
      batch(() => {
        choice.tag.value = tag;
        choice.hoverStep.value = null;
      });
    },
    /** Selects the row that many places further down the table. */
    moveSelection(places: number) {
      const rows = shownRows.peek();
      const from = rows.findIndex(({ tag }) => tag === choice.tag.peek());
      const to = from < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, from + places));
      if (rows[to]) this.selectTag(rows[to].tag);
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
    toggleBand(chart: BandsChartName, hidden: ReadonlySet<number>, basisPoints: number) {
      const now = new Set(toggled([...hidden], basisPoints));
      choice.hiddenBands.value = { ...choice.hiddenBands.peek(), [chart]: now };
    },
  };
}

function toggled<T>(list: readonly T[], item: T): T[] {
  return list.includes(item) ? list.filter((other) => other !== item) : [...list, item];
}
