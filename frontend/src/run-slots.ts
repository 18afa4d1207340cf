import { MOST_RUNS } from "./run-link";

/**
 * The slot of each chosen run: its colour and its dash. A run's place in the logdir decides, so
 * that it looks the same whatever stands beside it; where two runs want one slot, the later one
 * takes the next that is free.
 */
export function runSlots(
  all: readonly string[],
  chosen: readonly string[],
): ReadonlyMap<string, number> {
  const slots = new Map<string, number>();
  const taken = new Set<number>();
  for (const run of inOrder(all, chosen)) {
    let slot = Math.max(0, all.indexOf(run)) % MOST_RUNS;
    while (taken.has(slot) && taken.size < MOST_RUNS) slot = (slot + 1) % MOST_RUNS;
    taken.add(slot);
    slots.set(run, slot);
  }
  return slots;
}

/** The chosen runs in the order of the logdir; one that is not there any more comes last. */
export function inOrder(all: readonly string[], chosen: readonly string[]): string[] {
  const place = (run: string) => (all.includes(run) ? all.indexOf(run) : all.length);
  return [...chosen].sort((a, b) => place(a) - place(b));
}
