import type { MaybeNumber, SeriesReply } from "../api/replies";
import { type BandPair, bandPairs, dwarfing, medianIndex } from "../charts/bands";
import { domainOf, stepDomain } from "../charts/plot";
import { linearScale, type Scale } from "../charts/scale";
import { formatStep } from "../charts/step-axis";
import { changeBands } from "../model/series";
import { isNumber } from "../words/numbers";

/** All that a card draws, as paths: small enough for many at once. */
export interface CardPlot {
  strips: { depth: number; path: string }[];
  median: string;
  /** Where nothing has changed. */
  zero: number;
  /** The largest and the smallest value drawn; none of those where nothing has changed. */
  ends: readonly number[];
  firstStep: string;
  lastStep: string;
  /** Bands that would flatten all others are left out, as in the detail. */
  leftOut: readonly string[];
  still: boolean;
}

const INSET = 2;

export function cardPlot(series: SeriesReply, width: number, height: number): CardPlot {
  const { steps, basis_points: basisPoints } = series;
  const bands = changeBands(series);
  const hidden = dwarfing(basisPoints, bands);
  const all = bandPairs(basisPoints);
  const pairs = all.filter(({ key }) => !hidden.has(key));
  const median = bands[medianIndex(basisPoints)] ?? [];
  // Differences of quantiles need not be in the quantiles' order: the median counts, too.
  const drawn = [median, ...pairs.flatMap(({ lower, upper }) => [bands[lower], bands[upper]])];
  const lines = drawn.filter((band) => band !== undefined);
  const fallback = 0.01 * (series.scale ?? 0) || 1e-3;
  const y = linearScale(domainOf(lines, { include: [0], fallback }), [height - INSET, INSET]);
  const x = linearScale(stepDomain(steps), [0, width]);
  const strip = ({ lower, upper, depth }: BandPair) => ({
    depth,
    path: stripPath(x, y, steps, bands[lower] ?? [], bands[upper] ?? []),
  });
  return {
    strips: pairs.map(strip),
    median: stripPath(x, y, steps, median, median, false),
    zero: y(0),
    ends: endsOf(lines),
    firstStep: formatStep(steps[0] ?? 0),
    lastStep: formatStep(steps.at(-1) ?? 0),
    leftOut: all.filter(({ key }) => hidden.has(key)).map(({ name }) => name),
    still: steps.length > 1 && bands.every((band) => band.every((value) => !value)),
  };
}

/** The baseline's own zeros are always among the values. */
function endsOf(bands: readonly (readonly MaybeNumber[])[]): number[] {
  let [low, high] = [0, 0];
  for (const band of bands)
    for (const value of band) {
      low = Math.min(low, value ?? 0);
      high = Math.max(high, value ?? 0);
    }
  return low === high ? [] : [high, low];
}

/** One point of a strip: the extremes of all steps that share a pixel. */
interface Column {
  x: number;
  low: number;
  high: number;
}

/** The strip between two lines as one closed outline per stretch without a gap. */
export function stripPath(
  x: Scale,
  y: Scale,
  steps: readonly number[],
  lower: readonly MaybeNumber[],
  upper: readonly MaybeNumber[],
  closed = true,
): string {
  return stretches(x, steps, lower, upper)
    .map((columns) => {
      const forth = columns.map((column) => `${column.x},${rounded(y(column.high))}`);
      const back = columns.map((column) => `${column.x},${rounded(y(column.low))}`).reverse();
      if (closed) return `M${forth.join("L")}L${back.join("L")}Z`;
      return `M${columns.map((c) => both(c, y)).join("L")}${columns.length === 1 ? "h2" : ""}`;
    })
    .join("");
}

function both({ x, low, high }: Column, y: Scale): string {
  const end = `${x},${rounded(y(high))}`;
  return low === high ? end : `${x},${rounded(y(low))}L${end}`;
}

/** More steps than pixels are joined by pixel, so that no spike is lost and long runs stay quick. */
function stretches(
  x: Scale,
  steps: readonly number[],
  lower: readonly MaybeNumber[],
  upper: readonly MaybeNumber[],
): Column[][] {
  const crowded = steps.length > 2 * (x(steps.at(-1) ?? 0) - x(steps[0] ?? 0));
  const found: Column[][] = [];
  let stretch: Column[] = [];
  steps.forEach((step, i) => {
    const [one, other] = [lower[i], upper[i]];
    if (!isNumber(one) || !isNumber(other)) {
      stretch = [];
      return;
    }
    const [low, high] = [Math.min(one, other), Math.max(one, other)];
    if (stretch.length === 0) found.push(stretch);
    const at = crowded ? Math.round(x(step)) : rounded(x(step));
    const last = stretch.at(-1);
    if (last?.x === at) {
      last.low = Math.min(last.low, low);
      last.high = Math.max(last.high, high);
    } else stretch.push({ x: at, low, high });
  });
  return found;
}

function rounded(pixel: number): number {
  return Math.round(pixel * 10) / 10;
}
