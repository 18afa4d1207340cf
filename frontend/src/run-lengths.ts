import { computed, type ReadonlySignal } from "@preact/signals";
import type { RunsReply } from "./replies";
import type { Snapshot } from "./resource";
import type { RunChoice } from "./run-choice";

/** Where the chosen runs end, and up to which step each of them is compared. */
export function runLengths(choice: RunChoice, runs: ReadonlySignal<Snapshot<RunsReply>>) {
  const lastSteps = computed(() => {
    const steps = new Map<string, number>();
    for (const { run, last_step } of runs.value.data?.runs ?? [])
      if (last_step !== null && choice.chosenRuns.value.includes(run)) steps.set(run, last_step);
    return steps;
  });
  /** The last step that all chosen runs have; null where they end together. */
  const commonStep = computed(() => {
    const steps = [...lastSteps.value.values()];
    const least = Math.min(...steps);
    return steps.some((step) => step > least) ? least : null;
  });
  /** The step that a run is measured up to; null is its last. */
  const untilOf = (run: string): number | null => {
    const common = commonStep.value;
    if (common === null || !choice.aligned.value) return null;
    return (lastSteps.value.get(run) ?? 0) > common ? common : null;
  };
  return { commonStep, untilOf };
}
