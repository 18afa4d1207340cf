import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
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
  const listed = computed(() => runs.value.data?.runs ?? []);
  /** What measures now: it goes on while the logs are looked at again, and takes up what is new. */
  let measuring: AbortController | null = null;
  const stop = () => {
    measuring?.abort();
    measuring = null;
  };
  const end = effect(() => {
    const [key, entries] = [againstKey.value, listed.value];
    if (key !== knownAgainst) {
      knownAgainst = key;
      known.clear();
      summaries.value = new Map();
      stop();
    }
    if (choice.view.value !== "runs") stop();
    else if (measuring === null && entries.length > 0) {
      measuring = new AbortController();
      void measure({ ...against.peek(), points: POINTS }, measuring.signal);
    }
  });
  const measure = async (query: Against, leaving: AbortSignal) => {
    const tried = new Set<string>();
    const isDue = (entry: RunEntry) =>
      known.get(entry.run) !== stateOf(entry) && !tried.has(stateOf(entry));
    while (!leaving.aborted) {
      const due = listed.peek().filter(isDue);
      // A run that grows all the time holds up none that waits.
      const entry = due.find(({ run }) => !known.has(run)) ?? due[0];
      if (!entry) {
        measuring = null;
        return;
      }
      tried.add(stateOf(entry));
      const summary = await summaryFor(api, entry.run, query, leaving);
      if (summary === null || leaving.aborted) continue;
      known.set(entry.run, stateOf(entry));
      summaries.value = new Map(summaries.peek()).set(entry.run, summary);
    }
  };
  const dispose = () => {
    end();
    stop();
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
