import { computed, effect, type ReadonlySignal } from "@preact/signals";
import type { Api } from "./api";
import { overviewKey } from "./compared";
import type { Derived, Replies } from "./derived";

/** Asks for what runs beside each other show, each run by itself: a slow one holds up no other. */
export function loadComparedRuns(
  api: Api,
  replies: Replies,
  derived: Derived,
  generation: ReadonlySignal<number>,
): () => void {
  const { comparedRuns, comparedSeries, runs, run: lead, against, againstKey } = derived;
  // As texts: a reply that changes nothing about what is wanted must not ask again.
  const wantedRuns = computed(() =>
    runs.value.data === null
      ? "[]"
      : JSON.stringify(comparedRuns.value.map(({ run, until }) => [run, until])),
  );
  const wantedSeries = computed(() => {
    const besides = comparedSeries.value.filter(({ run }) => run !== lead.value);
    return JSON.stringify(besides.map(({ run }) => [run, derived.shownTag.value]));
  });
  const askForOverviews = () => {
    const wanted = JSON.parse(wantedRuns.value) as [string, number | null][];
    const holds = wanted.map(([run, until]) => {
      const query = until === null ? against.value : { ...against.value, until: String(until) };
      const resource = replies.overviews.at(...overviewKey(run, againstKey.value, until));
      void resource.ensure(generation.value, (signal, show) =>
        api.overview(run, signal, query, show),
      );
      return resource.hold();
    });
    return () => {
      for (const letGo of holds) letGo();
    };
  };
  const askForSeries = () => {
    const wanted = JSON.parse(wantedSeries.value) as [string, string][];
    const holds = wanted.map(([run, tag]) => {
      const resource = replies.series.at(run, tag, againstKey.value);
      void resource.ensure(generation.value, (signal) =>
        api.series(run, tag, signal, against.value),
      );
      return resource.hold();
    });
    return () => {
      for (const letGo of holds) letGo();
    };
  };
  const disposers = [effect(askForOverviews), effect(askForSeries)];
  return () => {
    for (const dispose of disposers) dispose();
  };
}
