import type { Buckets, HistogramReply } from "../api/replies";
import type { Plot } from "../charts/plot";
import type { Domain } from "../charts/scale";
import type { ChartTable } from "../charts/table-of-chart";
import { nearest } from "../model/series";
import { keyMoves } from "../ui/keys";
import { formatCount, formatNumber, NOTHING } from "../words/numbers";

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
  /** Share of all values per unit of the axis. */
  density: number;
}

type Place = ValueAxis["place"];

/** A point mass: so many values exactly here. */
export interface Spike {
  at: number;
  count: number;
  share: number;
}

/**
 * Count over width on the axis, so that ragged buckets are honest. Neighbours narrower than
 * `narrowest` are drawn as one: an exponential bucket around 0 is far thinner than a pixel and its
 * density noise.
 */
export function densityOf(
  { edges, counts }: Buckets,
  narrowest: number,
  place: Place = itself,
): Density {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const spikes: Spike[] = [];
  const bars: Bar[] = [];
  counts.forEach((count, i) => {
    const [left, right] = [edges[i] ?? 0, edges[i + 1] ?? 0];
    if (right > left) widen(bars, { left, right, count, density: 0 }, narrowest, place);
    else if (count > 0) spikes.push({ at: left, count, share: count / total });
  });
  closeLast(bars, narrowest, place);
  for (const bar of bars) bar.density = total > 0 ? bar.count / total / widthOf(bar, place) : 0;
  return { bars, spikes: mergeSpikes(spikes), total };
}

const itself: Place = (value) => value;

function widthOf({ left, right }: Pick<Bar, "left" | "right">, place: Place): number {
  return place(right) - place(left);
}

/** Adds a bar, or widens the one before it while that is too narrow to draw. */
function widen(bars: Bar[], bar: Bar, narrowest: number, place: Place): void {
  const last = bars.at(-1);
  if (last && last.right === bar.left && widthOf(last, place) < narrowest) {
    last.right = bar.right;
    last.count += bar.count;
  } else bars.push(bar);
}

/** What is left over at the end joins the bar before it. */
function closeLast(bars: Bar[], narrowest: number, place: Place): void {
  const [before, last] = bars.slice(-2);
  if (!before || !last || before.right !== last.left || widthOf(last, place) >= narrowest) return;
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

/** The range that holds all values of all histograms, with a margin. */
export function valueDomain(histograms: readonly Buckets[]): Domain {
  const [low, high] = rangeOf(histograms);
  if (low > high) return [-1, 1];
  const margin = (high - low) * 0.04 || Math.abs(low) * 0.1 || 1;
  return [low - margin, high + margin];
}

/** Empty end buckets do not widen it. */
function rangeOf(histograms: readonly Buckets[]): Domain {
  let low = Infinity;
  let high = -Infinity;
  for (const { edges, counts } of histograms)
    counts.forEach((count, i) => {
      if (count <= 0) return;
      low = Math.min(low, edges[i] ?? low);
      high = Math.max(high, edges[i + 1] ?? high);
    });
  return [low, high];
}

/** Where values stand along an axis; a range alone where equal differences take equal room. */
interface ValueAxis {
  domain: Domain;
  place(value: number): number;
  stepAt(place: number): number;
  ticks(count: number): { value: number; text: string }[];
}

/** From this factor on, the narrower of two histograms would be a needle. */
const DWARFS = 30;

/**
 * Linear around the middle of the narrower histogram and logarithmic away from it, so that both can
 * be seen where one dwarfs the other; else null.
 */
function dwarfedAxis(one: Buckets, other: Buckets): ValueAxis | null {
  const ranges = [rangeOf([one]), rangeOf([other])].sort((a, b) => a[1] - a[0] - (b[1] - b[0]));
  const [narrow, wide] = ranges as [Domain, Domain];
  const width = narrow[1] - narrow[0];
  if (!(width > 0) || !(wide[1] - wide[0] > DWARFS * width)) return null;
  const unit = 10 ** Math.floor(Math.log10(width / 2));
  const middle = Math.round((narrow[0] + narrow[1]) / 2 / unit) * unit;
  const place = (value: number) => Math.asinh((value - middle) / unit);
  const stepAt = (at: number) => middle + unit * Math.sinh(at);
  const [low, high] = valueDomain([one, other]).map(place) as [number, number];
  return { domain: [low, high], place, stepAt, ticks };

  function ticks(count: number) {
    const every = Math.max(1, Math.ceil((high - low) / count / Math.LN10));
    const values = [middle];
    for (let away = unit * 10 ** every; away < Number.MAX_VALUE; away *= 10 ** every) {
      if (place(middle + away) > high && place(middle - away) < low) break;
      values.push(middle - away, middle + away);
    }
    return values
      .map((value) => ({ value: place(value), text: formatNumber(value) }))
      .filter(({ value }) => low <= value && value <= high)
      .sort((a, b) => a.value - b.value);
  }
}

/** All that a step's histogram over its baseline's draws. */
export interface HistogramPicture {
  axis: ValueAxis | null;
  domain: Domain;
  baseline: Density;
  chosen: Density;
  highest: number;
  /** The step minus the baseline, where the two lie too close to be told apart. */
  difference: Bar[] | null;
}

/** Buckets thinner than this share of the axis are drawn together. */
const NARROWEST = 1 / 72;
/** So much of all values lies elsewhere where two curves are a few pixels apart. */
const SEEN_APART = 0.05;

export function histogramPicture(histogram: HistogramReply): HistogramPicture {
  const before: Buckets = histogram.baseline ?? { edges: [], counts: [] };
  const axis = dwarfedAxis(before, histogram);
  const domain = axis?.domain ?? valueDomain([before, histogram]);
  const narrowest = (domain[1] - domain[0]) * NARROWEST;
  const baseline = densityOf(before, narrowest, axis?.place);
  const chosen = densityOf(histogram, narrowest, axis?.place);
  const highest = highestDensity([baseline, chosen]);
  const difference = differenceOf(chosen, baseline, axis?.place);
  // Each value that is elsewhere is missing in one bucket and one too many in another.
  const elsewhere = difference.reduce((sum, { count }) => sum + Math.abs(count), 0) / 2;
  const isClose = 1e-9 < elsewhere && elsewhere < SEEN_APART;
  return { axis, domain, baseline, chosen, highest, difference: isClose ? difference : null };
}

/** The largest difference but for a tenth: the thin buckets at both ends would flatten the rest. */
export function differenceEnd(bars: readonly Bar[]): number {
  const sizes = bars.map(({ density }) => Math.abs(density)).sort((a, b) => a - b);
  return sizes[Math.floor(0.9 * (sizes.length - 1))] || sizes.at(-1) || 1;
}

/**
 * How many more of all values lie in each bucket of the baseline, and beyond its ends; its own
 * buckets, because slivers between edges that moved a little would drown all else.
 */
function differenceOf(after: Density, before: Density, place: Place = itself): Bar[] {
  const [first, last] = [before.bars[0], before.bars.at(-1)];
  const [lowest, highest] = [after.bars[0], after.bars.at(-1)];
  const isPoints = before.spikes.length + after.spikes.length > 0;
  if (!first || !last || !lowest || !highest || isPoints) return [];
  const cells = [
    { left: lowest.left, right: first.left },
    ...before.bars,
    { left: last.right, right: highest.right },
  ].filter(({ left, right }) => left < right);
  return cells.map(({ left, right }) => {
    const count = shareIn(after, left, right) - shareIn(before, left, right);
    return { left, right, count, density: count / widthOf({ left, right }, place) };
  });
}

/** The share of all values in a range, spread evenly inside each bucket. */
function shareIn({ bars, total }: Density, low: number, high: number): number {
  let count = 0;
  for (const bar of bars) {
    const inside = Math.min(high, bar.right) - Math.max(low, bar.left);
    if (inside > 0) count += bar.count * (inside / (bar.right - bar.left));
  }
  return count / total;
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
export function barAt(bars: readonly Bar[], value: number): Bar | null {
  return bars.find(({ left, right }) => left <= value && value <= right) ?? null;
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

/** The buckets of the step and of its baseline. */
export function histogramTable(histogram: HistogramReply): ChartTable {
  const rowsOf = (name: string, { edges, counts }: Buckets) => {
    const texts = toldApart(edges);
    return counts.map((count, i) => [
      name,
      texts[i] ?? NOTHING,
      texts[i + 1] ?? NOTHING,
      formatCount(count),
    ]);
  };
  const { baseline } = histogram;
  return {
    columns: ["histogram", "from", "to", "values"],
    rows: [
      ...rowsOf(`step ${formatCount(histogram.step)}`, histogram),
      ...(baseline ? rowsOf(`baseline, step ${formatCount(baseline.step)}`, baseline) : []),
    ],
  };
}

const MOST_DIGITS = 15;

/** As few digits as tell one edge from another: a narrow histogram is far from 0. */
function toldApart(edges: readonly number[], digits = 3): string[] {
  const texts = edges.map((edge) => formatNumber(edge, digits));
  const isEnough = new Set(texts).size === new Set(edges).size;
  return isEnough || digits >= MOST_DIGITS ? texts : toldApart(edges, digits + 1);
}
