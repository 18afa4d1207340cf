import type { Snapshot } from "./resource";

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
  return () => {
    const snapshot = read();
    return kept.follow(new Map([[subject(), snapshot]])).get(subject()) ?? snapshot;
  };
}
