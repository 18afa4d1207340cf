import { type ReadonlySignal, signal } from "@preact/signals";
import { ApiError } from "./client";
import type {
  HistogramReply,
  OverviewReply,
  RunsReply,
  ScalarsReply,
  SeriesReply,
} from "./replies";

/** One reply of the server as the page sees it: data stay while newer ones are on their way. */
export interface Snapshot<T> {
  data: T | null;
  /** When the data were read, in milliseconds since 1970. */
  readAt: number | null;
  loading: boolean;
  /** How far a reply has come that comes in parts; null where nothing tells. */
  progress: Progress | null;
  error: ApiError | null;
}

interface Progress {
  measured: number;
  of: number;
}

const DONE = { loading: false, progress: null, error: null };
export const EMPTY: Snapshot<never> = { data: null, readAt: null, ...DONE };

const NEVER = Symbol("never");

/** `show` takes what there is of a reply so far. */
export type Load<T> = (signal: AbortSignal, show: (part: T) => void) => Promise<T>;

/** A thing to fetch. Only the latest call counts: a late reply of an earlier one is dropped. */
export class Resource<T> {
  /** `progressOf` tells a part of a reply from all of it, which is null. */
  constructor(private readonly progressOf: (data: T) => Progress | null = () => null) {}

  private readonly current = signal<Snapshot<T>>(EMPTY);
  private controller: AbortController | null = null;
  private askedFor: unknown = NEVER;
  private holders = 0;

  get snapshot(): ReadonlySignal<Snapshot<T>> {
    return this.current;
  }

  /** Loads unless it was already asked for in this generation of the logs. */
  ensure(generation: unknown, load: Load<T>): Promise<void> {
    if (generation === this.askedFor) return Promise.resolve();
    this.askedFor = generation;
    return this.load(load);
  }

  async load(load: Load<T>): Promise<void> {
    this.controller?.abort();
    const controller = new AbortController();
    this.controller = controller;
    const before = this.current.peek();
    this.current.value = { ...before, loading: true, progress: null };
    const show = (data: T) => {
      if (controller.signal.aborted) return;
      const progress = this.progressOf(data);
      const all = before.data !== null && this.progressOf(before.data) === null;
      // A part is less than all of before, and one with nothing in it only says how far it is.
      if (all || progress?.measured === 0)
        this.current.value = { ...this.current.peek(), progress };
      else this.current.value = { ...DONE, data, readAt: Date.now(), loading: true, progress };
    };
    try {
      const data = await load(controller.signal, show);
      if (controller.signal.aborted) return;
      this.current.value = { ...DONE, data, readAt: Date.now() };
    } catch (error) {
      if (controller.signal.aborted) return;
      this.current.value = { ...this.current.peek(), ...DONE, error: asApiError(error) };
    }
  }

  /**
   * Somebody waits for the reply: call what is returned when that ends. Whoever lets go only to
   * hold again at once has not stopped to wait.
   */
  hold(): () => void {
    this.holders += 1;
    return () => {
      this.holders -= 1;
      queueMicrotask(() => this.holders === 0 && this.abandon());
    };
  }

  /** Gives up a request that nobody waits for any more; it is asked for again when needed. */
  abandon(): void {
    if (!this.current.peek().loading) return;
    this.controller?.abort();
    this.askedFor = NEVER;
    this.current.value = { ...this.current.peek(), loading: false, progress: null };
  }
}

export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError("unreadable", error instanceof Error ? error.message : String(error));
}

/** Resources by key, the least recently used forgotten beyond `limit`. */
class Shelf<T> {
  private readonly resources = new Map<string, Resource<T>>();

  constructor(
    private readonly limit: number,
    private readonly progressOf?: (data: T) => Progress | null,
  ) {}

  at(...key: (string | number)[]): Resource<T> {
    const name = JSON.stringify(key);
    const resource = this.resources.get(name) ?? new Resource<T>(this.progressOf);
    this.resources.delete(name);
    this.resources.set(name, resource);
    for (const oldest of this.resources.keys()) {
      if (this.resources.size <= this.limit) break;
      this.resources.delete(oldest);
    }
    return resource;
  }
}

/** While another reply about the same subjects is on its way, all that was read before stays. */
export class Kept<T> {
  private readonly last = new Map<string, Snapshot<T>>();

  constructor(private readonly isWhole: (data: T) => boolean = () => true) {}

  /** The snapshots, those without data with the last that were there; forgets other subjects. */
  follow(snapshots: ReadonlyMap<string, Snapshot<T>>): ReadonlyMap<string, Snapshot<T>> {
    for (const subject of this.last.keys()) if (!snapshots.has(subject)) this.last.delete(subject);
    return new Map([...snapshots].map(([subject, it]) => [subject, this.stand(subject, it)]));
  }

  private stand(subject: string, snapshot: Snapshot<T>): Snapshot<T> {
    const before = this.last.get(subject);
    const isWhole = snapshot.data !== null && this.isWhole(snapshot.data);
    if (!isWhole && before) return { ...snapshot, data: before.data, readAt: before.readAt };
    if (isWhole) this.last.set(subject, snapshot);
    return snapshot;
  }
}

/** The same for one subject at a time: with another baseline or threshold, say. */
export function keepLast<T>(
  subject: () => string,
  read: () => Snapshot<T>,
  isWhole?: (data: T) => boolean,
): () => Snapshot<T> {
  const kept = new Kept<T>(isWhole);
  return () => kept.follow(new Map([[subject(), read()]])).get(subject()) ?? EMPTY;
}

/** Whether tensors may still come that an overview does not hold yet. */
export function isArriving({ data, error }: Snapshot<OverviewReply>): boolean {
  if (data === null) return error === null;
  return !data.complete && (error === null || error.mayPass);
}

/** Every reply under what it answers, so that none can ever be shown in another's place. */
export function createReplies() {
  return {
    runs: new Resource<RunsReply>(),
    // Twenty runs beside each other, each at up to four steps, and some more.
    overviews: new Shelf<OverviewReply>(96, (reply) => (reply.complete ? null : reply)),
    series: new Shelf<SeriesReply>(64),
    histograms: new Shelf<HistogramReply>(256),
    scalars: new Shelf<ScalarsReply>(16),
  };
}

export type Replies = ReturnType<typeof createReplies>;
