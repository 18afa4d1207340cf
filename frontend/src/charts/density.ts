import type { Buckets } from "../replies";
import type { Plot } from "./plot";
import type { Domain } from "./scale";

/** A histogram made comparable: shares of all values, divided by width where there is one. */
export interface Density {
  bars: Bar[];
  spikes: Spike[];
  total: number;
}

export interface Bar {
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
