import { effect, type ReadonlySignal } from "@preact/signals";
import type { Api } from "./api";
import type { Derived, Replies } from "./derived";
import type { SeriesReply } from "./replies";
import type { Load, Resource, Snapshot } from "./resource";

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
    const compared = against.peek();
    const load: Ticket["load"] = (signal) => this.api.series(run, tag, signal, compared);
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
