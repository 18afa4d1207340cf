import type { Buckets, HistogramReply } from "../api/replies";
import type { Plot } from "../charts/plot";
import type { Domain } from "../charts/scale";
import type { ChartTable } from "../charts/table-of-chart";
import { nearest } from "../model/series";
import { keyMoves } from "../ui/keys";
import { formatCount } from "../words/numbers";

/** A histogram made comparable: shares of all values, divided by width where there is one. */
export interface Density {
  bars: Bar[];
  spikes: Spike[];
  total: number;
}

interface Bar {
  left: number;
  right: number;
  count: number;
  /** Share of all values per unit. */
  density: number;
}

/** A point mass: so many values exactly here. */
export interface Spike {
  at: number;
  count: number;
  share: number;
}

/**
 * Count over width, so that ragged buckets are honest. Neighbours narrower than `narrowest` are
 * drawn as one: an exponential bucket around 0 is far thinner than a pixel and its density noise.
 */
export function densityOf({ edges, counts }: Buckets, narrowest: number): Density {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const spikes: Spike[] = [];
  const bars: Bar[] = [];
  counts.forEach((count, i) => {
    const [left, right] = [edges[i] ?? 0, edges[i + 1] ?? 0];
    if (right > left) widen(bars, { left, right, count, density: 0 }, narrowest);
    else if (count > 0) spikes.push({ at: left, count, share: count / total });
  });
  closeLast(bars, narrowest);
  for (const bar of bars) bar.density = total > 0 ? bar.count / total / (bar.right - bar.left) : 0;
  return { bars, spikes: mergeSpikes(spikes), total };
}

/** Adds a bar, or widens the one before it while that is too narrow to draw. */
function widen(bars: Bar[], bar: Bar, narrowest: number): void {
  const last = bars.at(-1);
  if (last && last.right === bar.left && last.right - last.left < narrowest) {
    last.right = bar.right;
    last.count += bar.count;
  } else bars.push(bar);
}

/** What is left over at the end joins the bar before it. */
function closeLast(bars: Bar[], narrowest: number): void {
  const [before, last] = bars.slice(-2);
  if (!before || !last || before.right !== last.left || last.right - last.left >= narrowest) return;
  before.right = last.right;
  before.count += last.count;
  bars.pop();
}

function mergeSpikes(spikes: Spike[]): Spike[] {
  const merged: Spike[] = [];
  for (const spike of spikes) {
    const last = merged.at(-1);
    if (last?.at === spike.at) {
      last.count += spike.count;
      last.share += spike.share;
    } else merged.push({ ...spike });
  }
  return merged;
}

/** The range that holds all values of all histograms; empty end buckets do not widen it. */
export function valueDomain(histograms: readonly Buckets[]): Domain {
  let low = Infinity;
  let high = -Infinity;
  for (const { edges, counts } of histograms)
    counts.forEach((count, i) => {
      if (count <= 0) return;
      low = Math.min(low, edges[i] ?? low);
      high = Math.max(high, edges[i + 1] ?? high);
    });
  if (low > high) return [-1, 1];
  const margin = (high - low) * 0.04 || Math.abs(low) * 0.1 || 1;
  return [low - margin, high + margin];
}

export function highestDensity(densities: readonly Density[]): number {
  let highest = 0;
  for (const { bars } of densities)
    for (const { density } of bars) highest = Math.max(highest, density);
  return highest || 1;
}

/** The outline of the bars, from the axis up and back to it. */
export function outlinePath(plot: Plot, bars: readonly Bar[]): string {
  let path = "";
  let previous: Bar | undefined;
  const put = (x: number, y: number) => `${round(plot.x(x))},${round(plot.y(y))}`;
  for (const bar of bars) {
    if (previous?.right !== bar.left) {
      if (previous) path += `L${put(previous.right, 0)}`;
      path += `M${put(bar.left, 0)}`;
    }
    path += `L${put(bar.left, bar.density)}L${put(bar.right, bar.density)}`;
    previous = bar;
  }
  return previous ? `${path}L${put(previous.right, 0)}` : "";
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** The bar over a value, if any. */
export function barAt(density: Density, value: number): Bar | null {
  return density.bars.find(({ left, right }) => left <= value && value <= right) ?? null;
}

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

/** Where a key leads; null where it leads nowhere. The first key stroke begins in the middle. */
export function stopByKey(
  event: KeyboardEvent,
  stops: readonly number[],
  from: number | null,
): number | null {
  const places = keyMoves(event, { across: 1, page: 10 });
  if (places === null) return null;
  const at = from === null ? -1 : nearest(stops, from);
  const to = at < 0 && Number.isFinite(places) ? Math.floor((stops.length - 1) / 2) : at + places;
  return stops[Math.min(stops.length - 1, Math.max(0, to))] ?? null;
}

/** The point mass at a value, or nearer to it than a pointer can tell. */
export function spikeAt({ spikes }: Density, value: number, tolerance: number): Spike | null {
  const near = spikes.filter(({ at }) => Math.abs(at - value) <= tolerance);
  const distance = ({ at }: Spike) => Math.abs(at - value);
  return near.sort((a, b) => distance(a) - distance(b))[0] ?? null;
}

/** The buckets of the step and of its baseline, every digit of their edges. */
export function histogramTable(histogram: HistogramReply): ChartTable {
  const rowsOf = (name: string, { edges, counts }: Buckets) =>
    counts.map((count, i) => [name, String(edges[i]), String(edges[i + 1]), String(count)]);
  const { baseline } = histogram;
  return {
    columns: ["histogram", "from", "to", "values"],
    rows: [
      ...rowsOf(`step ${formatCount(histogram.step)}`, histogram),
      ...(baseline ? rowsOf(`baseline, step ${formatCount(baseline.step)}`, baseline) : []),
    ],
  };
}
