import type { Bar, Density, Spike } from "./density";

/**
 * Where the arrow keys stop on the axis of values: the middle of each bar of the step, of the
 * baseline's bars beside them, and every point mass; in order.
 */
export function stopsOf(chosen: Density, baseline: Density): number[] {
  const middle = ({ left, right }: Bar) => (left + right) / 2;
  const holds = (value: number) =>
    chosen.bars.some((bar) => bar.left <= value && value <= bar.right);
  const beside = baseline.bars.map(middle).filter((value) => !holds(value));
  const spikes = [...chosen.spikes, ...baseline.spikes].map(({ at }) => at);
  return [...new Set([...chosen.bars.map(middle), ...beside, ...spikes])].sort((a, b) => a - b);
}

const PLACES: Record<string, number> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  PageUp: -10,
  PageDown: 10,
  Home: -Infinity,
  End: Infinity,
};

/** Where a key leads; null where it leads nowhere. The first key stroke begins in the middle. */
export function stopByKey(
  key: string,
  stops: readonly number[],
  from: number | null,
): number | null {
  const places = PLACES[key];
  if (places === undefined || stops.length === 0) return null;
  const at = from === null ? -1 : nearest(stops, from);
  const to = at < 0 && Number.isFinite(places) ? Math.floor((stops.length - 1) / 2) : at + places;
  return stops[Math.min(stops.length - 1, Math.max(0, to))] ?? null;
}

function nearest(stops: readonly number[], value: number): number {
  let found = 0;
  stops.forEach((stop, i) => {
    if (Math.abs(stop - value) < Math.abs((stops[found] ?? stop) - value)) found = i;
  });
  return found;
}

/** The point mass at a value, or nearer to it than a pointer can tell. */
export function spikeAt({ spikes }: Density, value: number, tolerance: number): Spike | null {
  const near = spikes.filter(({ at }) => Math.abs(at - value) <= tolerance);
  const distance = ({ at }: Spike) => Math.abs(at - value);
  return near.sort((a, b) => distance(a) - distance(b))[0] ?? null;
}
