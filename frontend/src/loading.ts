import { effect, type ReadonlySignal } from "@preact/signals";
import type { Api } from "./api";
import type { Derived, Replies } from "./derived";

/** The pause before a histogram is asked for, so that a dragged slider asks once, not per step. */
const HISTOGRAM_DELAY = 40;

/** Keeps asking for what the page shows, again in each generation of the logs. */
export function loadWhatIsShown(
  api: Api,
  replies: Replies,
  derived: Derived,
  generation: ReadonlySignal<number>,
): () => void {
  const disposers = [
    effect(() => void replies.runs.ensure(generation.value, (signal) => api.runs(signal))),
    effect(() => askForOverview(api, replies, derived, generation.value)),
    effect(() => askForSeries(api, replies, derived, generation.value)),
    effect(() => askForHistogram(api, replies, derived)),
  ];
  return () => {
    for (const dispose of disposers) dispose();
  };
}

function askForOverview(api: Api, replies: Replies, derived: Derived, generation: number) {
  const name = derived.run.value;
  if (name === null) return undefined;
  const against = derived.against.value;
  const resource = replies.overviews.at(name, derived.againstKey.value);
  void resource.ensure(generation, (signal, show) => api.overview(name, signal, against, show));
  return resource.hold(); // it may stand beside others, too
}

/** Only for a tag that the run is known to have. */
function askForSeries(api: Api, replies: Replies, derived: Derived, generation: number) {
  const [name, chosen] = [derived.run.value, derived.shownTag.value];
  if (name === null || chosen === null) return undefined;
  const against = derived.against.value;
  const resource = replies.series.at(name, chosen, derived.againstKey.value);
  void resource.ensure(generation, (signal) => api.series(name, chosen, signal, against));
  return resource.hold(); // a card may wait for it too
}

/** After its series, never before: a reload may have dropped the step that was shown. */
function askForHistogram(api: Api, replies: Replies, derived: Derived) {
  const { run, shownTag, chosenStep, seriesData } = derived;
  const [name, chosen, step] = [run.value, shownTag.value, chosenStep.value];
  const generation = seriesData.value;
  if (name === null || chosen === null || step === null) return undefined;
  const { baseline = "first" } = derived.against.value;
  const resource = replies.histograms.at(name, chosen, step, baseline);
  const timer = setTimeout(() => {
    void resource.ensure(generation, (signal) =>
      api.histogram(name, chosen, step, signal, baseline === "first" ? {} : { baseline }),
    );
  }, HISTOGRAM_DELAY);
  return () => {
    clearTimeout(timer);
    resource.abandon();
  };
}
