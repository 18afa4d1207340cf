import { signal } from "@preact/signals";
import type { RunLink } from "./run-link";

/** Which runs are shown, and how they are compared. */
export function createRunChoice(link: RunLink) {
  return {
    /** The first one leads: its tensors are listed. */
    chosenRuns: signal<readonly string[]>(link.run === null ? [] : [link.run, ...link.others]),
    reference: signal(link.reference),
    aligned: signal(link.aligned),
    runOrder: signal(link.order),
  };
}

export type RunChoice = ReturnType<typeof createRunChoice>;

export function runLinkOf({ chosenRuns, reference, aligned, runOrder }: RunChoice): RunLink {
  const [run = null, ...others] = chosenRuns.value;
  return {
    run,
    others,
    reference: reference.value,
    aligned: aligned.value,
    order: runOrder.value,
  };
}

export function followRuns(choice: RunChoice, link: RunLink): void {
  const runs = link.run === null ? choice.chosenRuns.peek() : [link.run, ...link.others];
  if (JSON.stringify(runs) !== JSON.stringify(choice.chosenRuns.peek()))
    choice.chosenRuns.value = runs;
  choice.reference.value = link.reference;
  choice.aligned.value = link.aligned;
  if (JSON.stringify(link.order) !== JSON.stringify(choice.runOrder.peek()))
    choice.runOrder.value = link.order;
}
