import { effect, type ReadonlySignal, signal } from "@preact/signals";
import type { Api } from "../api/client";
import type { RunEntry } from "../api/replies";
import { type RunSummary, summaryOf } from "../model/run-list";
import type { Choice } from "./choice";
import type { Derived } from "./derived";

/** Points of a line that is as small as a word. */
const POINTS = "20";

const stateOf = ({ run, last_step, last_wall_time }: RunEntry) =>
  JSON.stringify([run, last_step, last_wall_time]);

/** Measures one run after the other while the list of runs is looked at, and what grew again. */
export function summarise(api: Api, choice: Choice, { runs }: Derived) {
  const summaries = signal<ReadonlyMap<string, RunSummary>>(new Map());
  const known = new Map<string, string>();
  const dispose = effect(() => {
    const entries = runs.value.data?.runs;
    if (choice.view.value !== "runs" || !entries) return undefined;
    const leaving = new AbortController();
    void measure(entries, leaving.signal);
    return () => leaving.abort();
  });
  const measure = async (entries: readonly RunEntry[], leaving: AbortSignal) => {
    for (const entry of entries) {
      if (leaving.aborted) return;
      if (known.get(entry.run) === stateOf(entry)) continue;
      try {
        const overview = await api.overview(entry.run, leaving, { points: POINTS });
        known.set(entry.run, stateOf(entry));
        summaries.value = new Map(summaries.peek()).set(entry.run, summaryOf(overview));
      } catch {
        // The list shows what it has; the page says by itself that the server is away.
      }
    }
  };
  return { summaries: summaries as ReadonlySignal<ReadonlyMap<string, RunSummary>>, dispose };
}
