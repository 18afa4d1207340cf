import { batch } from "@preact/signals";
import type { Measure, Role, Thresholds, Verdict } from "../api/replies";
import { remember } from "../host/remembered";
import { KIND_SCOPES, scopeWith, tagBeside } from "../model/groups";
import type { RunEvent } from "../model/onset";
import { DEFAULT_SORT, type Sort } from "../model/rows";
import {
  type ChangeOf,
  type MovementAxis,
  usableZoom,
  type XAxis,
  zoomedBy,
} from "../model/series";
import type { Cell, Choice } from "./choice";
import {
  type BandsChartName,
  DEFAULT_VIEW,
  FOLLOWING,
  LIST_SHARE,
  MORE,
  MOST_PINS,
  MOST_RUNS,
  shareWithin,
  type ViewName,
} from "./choice";
import type { Derived } from "./derived";

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
        choice.tagIsChosen.value = true;
        choice.hoverStep.value = null;
      });
    },
    /** Its line stays beside that of whichever tensor is chosen, or no longer. */
    togglePin(tag: string) {
      choice.pins.value = toggled(choice.pins.peek(), tag).slice(0, MOST_PINS);
    },
    /** The tensor and step that the answer speaks of, whatever was filtered away. */
    showSubject({ tag, step }: { tag: string; step: number | null }) {
      batch(() => {
        if (!derived.shownRows.peek().some((row) => row.tag === tag)) this.clearFilters();
        this.selectTag(tag);
        choice.step.value = step;
      });
    },
    /** That step everywhere, and the first tensor that it happened to. */
    showEvent({ step, tags }: RunEvent) {
      const [first] = tags;
      const now = choice.tag.peek();
      if (first !== undefined && (now === null || !tags.includes(now)))
        this.showSubject({ tag: first, step });
      else choice.step.value = step;
    },
    setFollowing(following: boolean) {
      choice.following.value = following;
      remember(FOLLOWING, following ? "yes" : "no");
    },
    /** The charts that few ask for. */
    showMore(more: boolean) {
      choice.more.value = more;
      remember(MORE, more ? "yes" : "no");
    },
    setListShare(share: number) {
      choice.listShare.value = shareWithin(share);
      remember(LIST_SHARE, String(choice.listShare.peek()));
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
    typeFilter(text: string) {
      batch(() => {
        choice.filter.value = text;
        choice.linkedFilter.value = null;
      });
    },
    clearFilters() {
      batch(() => {
        choice.filter.value = "";
        choice.roles.value = [];
        choice.verdicts.value = [];
      });
    },
    /** A second click on a column turns its order around, a third one takes it back. */
    sortBy(column: Sort["column"]) {
      const { column: current, descending } = choice.sort.peek();
      const first = column === "movement" || column === "elements";
      if (column !== current) choice.sort.value = { column, descending: first };
      else choice.sort.value = descending === first ? { column, descending: !first } : DEFAULT_SORT;
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

/** What the detail and the toolbar can do about steps, axes, baseline and thresholds. */
function viewActions(choice: Choice, derived: Derived) {
  const stepsOf = () => derived.seriesData.peek()?.steps ?? [];
  return {
    /** The step under the cross-hair becomes the histogram's. */
    pinStep(step: number | null) {
      if (step !== null) choice.step.value = step;
    },
    /** Moves the cross-hair so many of the given kept steps on, from the pinned one at first. */
    moveCursor(places: number, steps: readonly number[]) {
      const from = choice.hoverStep.peek() ?? derived.chosenStep.peek();
      const at = from === null ? -1 : steps.indexOf(from);
      const to = Math.min(steps.length - 1, Math.max(0, at < 0 ? steps.length - 1 : at + places));
      choice.hoverStep.value = steps[to] ?? null;
    },
    setXAxis(axis: XAxis) {
      choice.xAxis.value = axis;
    },
    setChangeOf(changeOf: ChangeOf) {
      choice.changeOf.value = changeOf;
    },
    setMovementAxis(axis: MovementAxis) {
      choice.movementAxis.value = axis;
    },
    /** Fewer than two kept steps are nothing to look at. */
    zoomTo(one: number, other: number) {
      const [first, last] = [Math.min(one, other), Math.max(one, other)];
      const inside = stepsOf().filter((step) => first <= step && step <= last);
      const [low, high] = [inside[0], inside.at(-1)];
      if (low !== undefined && high !== undefined && low < high) choice.zoom.value = [low, high];
    },
    /** Around the cross-hair, or the pinned step. */
    zoomBy(factor: number) {
      const series = derived.seriesData.peek();
      if (!series) return;
      const around = choice.hoverStep.peek() ?? derived.chosenStep.peek();
      const now = usableZoom(series, choice.zoom.peek());
      choice.zoom.value = zoomedBy(factor, series.steps, now, around);
    },
    resetZoom() {
      choice.zoom.value = null;
    },
    chooseScalar(tag: string) {
      choice.scalar.value = tag;
    },
    setMeasure(measure: Measure) {
      choice.measure.value = measure;
    },
    setBaseline(baseline: string) {
      choice.baseline.value = baseline;
    },
    setThreshold(name: keyof Thresholds, value: number) {
      choice.thresholds.value = { ...choice.thresholds.peek(), [name]: value };
    },
    resetThresholds() {
      choice.thresholds.value = DEFAULT_VIEW.thresholds;
    },
    toggleHelp() {
      choice.helpOpen.value = !choice.helpOpen.peek();
    },
    closeHelp() {
      choice.helpOpen.value = false;
    },
    /** Says for a moment what was done. */
    tell(sentence: string) {
      choice.told.value = sentence;
    },
    play() {
      const steps = stepsOf();
      if (steps.length < 2) return;
      batch(() => {
        if (derived.chosenStep.peek() === steps.at(-1)) choice.step.value = steps[0] ?? null;
        choice.playing.value = true;
      });
    },
    pause() {
      choice.playing.value = false;
    },
    /** The next kept step; after the last one the first. */
    nextStep() {
      const steps = stepsOf();
      const at = steps.indexOf(derived.chosenStep.peek() ?? Number.NaN);
      choice.step.value = steps[(at + 1) % steps.length] ?? null;
    },
  };
}

/** What can be done to the list of tensors as a whole. */
function listActions(choice: Choice, { entries }: Derived) {
  const fold = (scope: string, folded: boolean) => {
    const others = choice.turned.peek().filter((other) => other !== scope);
    const isUsual = folded === KIND_SCOPES.includes(scope);
    choice.turned.value = isUsual ? others : [...others, scope];
  };
  return {
    show(view: ViewName) {
      if (view !== choice.view.peek()) choice.visits.value += 1;
      choice.view.value = view;
    },
    toggleGrouped() {
      choice.grouped.value = !choice.grouped.peek();
    },
    fold,
    /** Folds the innermost open group of the selected tensor away, or opens the one it is in. */
    foldSelection(folded: boolean) {
      const scope = scopeWith(entries.peek(), choice.tag.peek(), !folded);
      if (scope !== null) fold(scope, folded);
    },
    pointAt(cell: Cell | null) {
      const now = choice.cell.peek();
      if (now?.tag !== cell?.tag || now?.step !== cell?.step) choice.cell.value = cell;
    },
  };
}

/** What can be done about runs. */
function runActions(choice: Choice) {
  const lead = (runs: readonly string[]) =>
    batch(() => {
      const follows = runs[0] === choice.chosenRuns.peek()[0];
      choice.chosenRuns.value = runs;
      if (!runs.includes(choice.reference.peek() ?? "")) choice.reference.value = null;
      if (!runs.includes(choice.order.peek()?.run ?? "")) choice.order.value = null;
      if (follows) return;
      choice.visits.value += 1;
      choice.step.value = null;
      choice.zoom.value = null;
      choice.playing.value = false;
      choice.hoverStep.value = null;
    });
  return {
    /** The run leads: in the place of the one that led, unless it stands beside it already. */
    chooseRun(run: string) {
      const [, ...others] = choice.chosenRuns.peek();
      const chosen = choice.chosenRuns.peek();
      lead(chosen.includes(run) ? [run, ...chosen.filter((it) => it !== run)] : [run, ...others]);
    },
    /** Sets a run beside the others, or takes it away; the last one stays. */
    toggleRun(run: string) {
      const chosen = choice.chosenRuns.peek();
      if (!chosen.includes(run)) lead([...chosen, run].slice(0, MOST_RUNS));
      else if (chosen.length > 1) lead(chosen.filter((other) => other !== run));
    },
    /** The list of runs in the place of their comparison, or the other way round. */
    listRuns(listing: boolean) {
      choice.listing.value = listing;
    },
    filterRuns(text: string) {
      batch(() => {
        choice.runsFilter.value = text;
        choice.linkedRunsFilter.value = null;
      });
    },
    /** A second click on a column turns its order around. */
    sortRunsBy(column: string) {
      const now = choice.runsSort.peek();
      choice.runsSort.value = { column, descending: now.column === column && !now.descending };
    },
    /** As many of them as can be told apart, the run that leads among them. */
    compareAll(runs: readonly string[]) {
      const [first = ""] = choice.chosenRuns.peek();
      lead([...new Set([first, ...runs])].slice(0, MOST_RUNS));
      choice.listing.value = false;
    },
    chooseReference(run: string) {
      choice.reference.value = run === choice.chosenRuns.peek()[0] ? null : run;
    },
    /** Largest first, then smallest first, then in the order of the table again. */
    orderByRun(run: string) {
      const now = choice.order.peek();
      if (now?.run !== run) choice.order.value = { run, descending: true };
      else choice.order.value = now.descending ? { run, descending: false } : null;
    },
    toggleAligned() {
      choice.aligned.value = !choice.aligned.peek();
    },
  };
}
