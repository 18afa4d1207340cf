import { effect, type ReadonlySignal, signal } from "@preact/signals";
import { type Against, type Api, ApiError } from "../api/client";
import type { RunEntry } from "../api/replies";
import { type RunSummary, summaryOf, unknownBecause } from "../model/run-list";
import type { Choice } from "./choice";
import type { Derived } from "./derived";

/** Points of a line that is as small as a word. */
const POINTS = "20";

const stateOf = ({ run, last_step, last_wall_time }: RunEntry) =>
  JSON.stringify([run, last_step, last_wall_time]);

/**
 * Measures one run after the other while the list of runs is looked at, and what grew again;
 * all of them anew for another baseline or other thresholds.
 */
export function summarise(api: Api, choice: Choice, { runs, against, againstKey }: Derived) {
  const summaries = signal<ReadonlyMap<string, RunSummary>>(new Map());
  const known = new Map<string, string>();
  let knownAgainst = "";
  const dispose = effect(() => {
    const entries = runs.value.data?.runs;
    const query = { ...against.value, points: POINTS };
    if (againstKey.value !== knownAgainst) {
      knownAgainst = againstKey.value;
      known.clear();
      summaries.value = new Map();
    }
    if (choice.view.value !== "runs" || !entries) return undefined;
    const leaving = new AbortController();
    void measure(entries, query, leaving.signal);
    return () => leaving.abort();
  });
  const measure = async (entries: readonly RunEntry[], query: Against, leaving: AbortSignal) => {
    for (const entry of entries) {
      if (leaving.aborted) return;
      if (known.get(entry.run) === stateOf(entry)) continue;
      const summary = await summaryFor(api, entry.run, query, leaving);
      if (summary === null || leaving.aborted) continue;
      known.set(entry.run, stateOf(entry));
      summaries.value = new Map(summaries.peek()).set(entry.run, summary);
    }
  };
  return { summaries: summaries as ReadonlySignal<ReadonlyMap<string, RunSummary>>, dispose };
}

/** Nothing where the server did not answer: the page says by itself that it is away. */
async function summaryFor(api: Api, run: string, query: Against, leaving: AbortSignal) {
  try {
    return summaryOf(await api.overview(run, leaving, query));
  } catch (error) {
    const isRefused = error instanceof ApiError && !error.mayPass;
    return isRefused ? unknownBecause(error.message) : null;
  }
}
