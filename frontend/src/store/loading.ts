import { computed, effect, type ReadonlySignal } from "@preact/signals";
import type { Against, Api } from "../api/client";
import type { SeriesReply } from "../api/replies";
import type { Load, Replies, Resource, Snapshot } from "../api/resource";
import { atItsSteps } from "../model/series";
import { overviewKey } from "./compared";
import type { Derived } from "./derived";

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
  void resource.ensure(generation, seriesLoad(api, name, chosen, against));
  return resource.hold(); // a card may wait for it too
}

/** What all that draw a series get: one of exact records alone at the steps of these. */
function seriesLoad(api: Api, run: string, tag: string, against: Against): Load<SeriesReply> {
  return async (signal) => atItsSteps(await api.series(run, tag, signal, against));
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
      void resource.ensure(generation.value, seriesLoad(api, run, tag, against.value));
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

/** Every reply of TensorBoard closes its connection: a screen of cards asks for a few at a time. */
const AT_ONCE = 4;

export interface Claim {
  snapshot: ReadonlySignal<Snapshot<SeriesReply>>;
  /** The card is out of sight: what it still waits for is given up. */
  release: () => void;
}

interface Ticket {
  load: Load<SeriesReply>;
  resource: Resource<SeriesReply>;
  /** The generation of the logs it was last asked for in. */
  askedIn: number | null;
}

/** Fetches the series of the cards in sight, in their order, and again in each generation. */
export class SeriesQueue {
  private readonly tickets = new Set<Ticket>();
  private running = 0;

  constructor(
    private readonly api: Api,
    private readonly replies: Replies,
    private readonly generation: ReadonlySignal<number>,
  ) {}

  start(): () => void {
    return effect(() => {
      void this.generation.value;
      this.callNext();
    });
  }

  /** For the baseline and thresholds of now. */
  claim(run: string, tag: string, { against, againstKey }: Derived): Claim {
    const resource = this.replies.series.at(run, tag, againstKey.peek());
    const load = seriesLoad(this.api, run, tag, against.peek());
    const ticket = { load, resource, askedIn: null };
    const letGo = resource.hold();
    this.tickets.add(ticket);
    this.callNext();
    const release = () => {
      this.tickets.delete(ticket);
      letGo();
    };
    return { snapshot: resource.snapshot, release };
  }

  private callNext(): void {
    for (const ticket of this.tickets) {
      if (this.running >= AT_ONCE) return;
      if (ticket.askedIn !== this.generation.peek()) void this.call(ticket);
    }
  }

  private async call(ticket: Ticket): Promise<void> {
    const { load, resource } = ticket;
    ticket.askedIn = this.generation.peek();
    this.running += 1;
    await resource.ensure(ticket.askedIn, load);
    this.running -= 1;
    this.callNext();
  }
}
