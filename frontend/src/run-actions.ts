import { batch } from "@preact/signals";
import type { Choice } from "./choice";
import { MOST_RUNS } from "./run-link";

/** What can be done about runs. */
export function runActions(choice: Choice) {
  const lead = (runs: readonly string[]) =>
    batch(() => {
      const follows = runs[0] === choice.chosenRuns.peek()[0];
      choice.chosenRuns.value = runs;
      if (!runs.includes(choice.reference.peek() ?? "")) choice.reference.value = null;
      if (!runs.includes(choice.runOrder.peek()?.run ?? "")) choice.runOrder.value = null;
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
    chooseReference(run: string) {
      choice.reference.value = run === choice.chosenRuns.peek()[0] ? null : run;
    },
    /** Largest first, then smallest first, then in the order of the table again. */
    orderByRun(run: string) {
      const now = choice.runOrder.peek();
      if (now?.run !== run) choice.runOrder.value = { run, descending: true };
      else choice.runOrder.value = now.descending ? { run, descending: false } : null;
    },
    toggleAligned() {
      choice.aligned.value = !choice.aligned.peek();
    },
  };
}
