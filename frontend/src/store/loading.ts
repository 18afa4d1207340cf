import { computed, effect, type ReadonlySignal } from "@preact/signals";
import { type Against, type Api, ApiError } from "../api/client";
import type { SeriesReply } from "../api/replies";
import type { Load, Replies, Resource, Snapshot } from "../api/resource";
import { atItsSteps } from "../model/series";
import type { Choice } from "./choice";
import { overviewKey } from "./compared";
import type { Derived } from "./derived";

/** Keeps asking for what the page shows, again in each generation of the logs. */
export function loadWhatIsShown(
  api: Api,
  replies: Replies,
  choice: Choice,
  derived: Derived,
  generation: ReadonlySignal<number>,
): () => void {
  const { against, againstKey, table, tableKey } = derived;
  const disposers = [
    effect(() => void replies.runs.ensure(generation.value, (signal) => api.runs(signal))),
    keepAsking(wantedOverviews(derived), ({ run, until }) => {
      const query = until === null ? table.value : { ...table.value, until: String(until) };
      const resource = replies.overviews.at(...overviewKey(run, tableKey.value, until));
      void resource.ensure(generation.value, (signal, show) =>
        api.overview(run, signal, query, show),
      );
      return resource;
    }),
    keepAsking(wantedSeries(derived), ({ run, tag }) => {
      const resource = replies.series.at(run, tag, againstKey.value);
      void resource.ensure(generation.value, seriesLoad(api, run, tag, against.value));
      return resource;
    }),
    effect(() => askForHistogram(api, replies, derived)),
    effect(() => {
      const [run, tag] = [derived.run.value, choice.scalar.value];
      // After its series: what is read first comes first.
      if (run === null || derived.seriesData.value === null) return;
      const resource = replies.scalars.at(run, tag ?? "");
      void resource.ensure(generation.value, (signal) => scalarOf(api, run, tag, signal));
    }),
  ];
  return () => {
    for (const dispose of disposers) dispose();
  };
}

/** A run that lacks the scalar that was chosen for another one has a loss all the same. */
async function scalarOf(api: Api, run: string, tag: string | null, signal: AbortSignal) {
  try {
    return await api.scalars(run, tag, signal);
  } catch (error) {
    const lacksIt = tag !== null && error instanceof ApiError && error.kind === "refused";
    if (!lacksIt) throw error;
    return api.scalars(run, null, signal);
  }
}

/** The run that leads, and those beside it, each by itself: a slow one holds up no other. */
function wantedOverviews({ run, comparedRuns }: Derived) {
  return stable(() => {
    const lead = run.value === null ? [] : [{ run: run.value, until: null }];
    const beside = comparedRuns.value.flatMap(({ run, earlier }) =>
      [null, ...earlier.keys()].map((until) => ({ run, until })),
    );
    return [...lead, ...beside];
  });
}

/** Only of a tag that the run is known to have. */
function wantedSeries({ run: lead, shownTag, comparedSeries, pinnedSeries }: Derived) {
  return stable(() => {
    const [run, tag] = [lead.value, shownTag.value];
    if (run === null || tag === null) return [];
    const beside = [
      ...comparedSeries.value.map(({ name }) => ({ run: name, tag })),
      ...pinnedSeries.value.map(({ name }) => ({ run, tag: name })),
    ];
    return [{ run, tag }, ...beside.filter((one) => one.run !== run || one.tag !== tag)];
  });
}

/** What is computed changes only where its value does: a reply alone makes nobody ask again. */
function stable<T>(compute: () => T): ReadonlySignal<T> {
  let last: T | undefined;
  return computed(() => {
    const next = compute();
    last = last !== undefined && JSON.stringify(last) === JSON.stringify(next) ? last : next;
    return last;
  });
}

/** Asks for all that is wanted, and lets go of what is not wanted any more. */
function keepAsking<Wanted>(
  wanted: ReadonlySignal<readonly Wanted[]>,
  ask: (one: Wanted) => { hold: () => () => void },
): () => void {
  return effect(() => {
    const holds = wanted.value.map((one) => ask(one).hold());
    return () => {
      for (const letGo of holds) letGo();
    };
  });
}

/** What all that draw a series get: one of exact records alone at the steps of these. */
function seriesLoad(api: Api, run: string, tag: string, against: Against): Load<SeriesReply> {
  return async (signal, show) =>
    atItsSteps(await api.series(run, tag, signal, against, (part) => show(atItsSteps(part))));
}

/** The pause before a histogram is asked for, so that a dragged slider asks once, not per step. */
const HISTOGRAM_DELAY = 40;

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
