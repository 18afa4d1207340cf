import { batch } from "@preact/signals";
import type { Choice } from "./choice";
import type { Derived } from "./derived";
import type { Thresholds } from "./replies";
import { type ChangeOf, DEFAULT_VIEW, type MovementAxis, type XAxis } from "./view-link";
import { usableZoom, zoomedBy } from "./zoom";

/** What the detail and the toolbar can do about steps, axes, baseline and thresholds. */
export function viewActions(choice: Choice, derived: Derived) {
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
    setBaseline(baseline: string) {
      choice.baseline.value = baseline;
    },
    /** Limits that are the server's own, as far as it has told them, are not kept. */
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
