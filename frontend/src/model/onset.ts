import type { HeadlineReply, MaybeNumber, Onset } from "../api/replies";

/** What happened to a run at a step, for the first time, and the tensors that it ever happened to. */
export interface RunEvent {
  what: Onset["what"] | "last_good";
  step: number;
  tags: readonly string[];
}

const BROKE: ReadonlySet<string> = new Set(["non_finite", "exploding", "collapsed"]);

/** Of a run that broke what broke it, of any other what stopped; in the order of the steps. */
export function eventsOf({ state, onset }: HeadlineReply): RunEvent[] {
  if (!onset) return [];
  const broke = state === "broke";
  const told = onset.order.filter(({ what }) => (broke ? BROKE.has(what) : what === "stopped"));
  const events = new Map<string, { step: number; tags: string[] }>();
  for (const { what, step, tag } of told) {
    const event = events.get(what) ?? { step, tags: [] };
    event.step = Math.min(event.step, step);
    event.tags.push(tag);
    events.set(what, event);
  }
  const found = [...events].map(([what, event]) => ({ what: what as Onset["what"], ...event }));
  return [...(broke ? lastGood(onset.last_good_step) : []), ...found].sort(
    (a, b) => a.step - b.step,
  );
}

function lastGood(step: MaybeNumber): RunEvent[] {
  return step === null ? [] : [{ what: "last_good", step, tags: [] }];
}

/** The tensors in the order in which they were hit, of all events. */
export function hitsOf({ onset }: HeadlineReply, events: readonly RunEvent[]): Onset[] {
  const wanted = new Set(events.map(({ what }) => what));
  return (onset?.order ?? []).filter(({ what }) => wanted.has(what));
}
