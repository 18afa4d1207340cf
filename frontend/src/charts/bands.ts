import type { MaybeNumber } from "../api/replies";
import { bandName } from "../words/labels";
import { namedEnds } from "./lines";
import type { Plot } from "./plot";

/** Two quantile lines at equal distance from the median and the strip between them. */
export interface BandPair {
  /** Index of the lower and of the upper line among the basis points. */
  lower: number;
  upper: number;
  /** Basis points of the lower line: the pair's identity. */
  key: number;
  name: string;
  /** 0 for the outermost pair. */
  depth: number;
}

/** Outermost first, so that each is drawn over the one around it. */
export function bandPairs(basisPoints: readonly number[]): BandPair[] {
  const pairs: BandPair[] = [];
  for (let lower = 0, upper = basisPoints.length - 1; lower < upper; lower++, upper--) {
    const [low, high] = [basisPoints[lower] ?? 0, basisPoints[upper] ?? 0];
    const name = `${bandName(low).replace(" %", "")}–${bandName(high)}`;
    pairs.push({ lower, upper, key: low, name, depth: lower });
  }
  return pairs;
}

export function medianIndex(basisPoints: readonly number[]): number {
  return basisPoints.indexOf(5000);
}

/** Which of the lines are drawn, by index. */
export function shownLines(basisPoints: readonly number[], hidden: ReadonlySet<number>): number[] {
  return basisPoints.flatMap((points, i) =>
    hidden.has(Math.min(points, 10000 - points)) ? [] : [i],
  );
}

const DWARFS = 3;

/**
 * The outermost pair (min and max), if it changed so much more than the next that drawing it would
 * flatten all others: few values make it, and the question is about the many.
 */
export function dwarfing(
  basisPoints: readonly number[],
  bands: readonly (readonly MaybeNumber[])[],
): ReadonlySet<number> {
  const [outer, next] = bandPairs(basisPoints).map(({ lower, upper, key }) => ({
    key,
    size: largest([...(bands[lower] ?? []), ...(bands[upper] ?? [])]),
  }));
  const dwarfs = outer && next && next.size > 0 && outer.size > DWARFS * next.size;
  return new Set(dwarfs ? [outer.key] : []);
}

function largest(values: readonly MaybeNumber[]): number {
  return values.reduce<number>((high, value) => Math.max(high, Math.abs(value ?? 0)), 0);
}

const LABEL_GAP = 12;

/** The name of each line beside its last value. */
export function endLabels(
  plot: Plot,
  basisPoints: readonly number[],
  bands: readonly (readonly MaybeNumber[])[],
  shown: readonly number[],
) {
  const lines = shown.map((i) => ({ name: bandName(basisPoints[i] ?? 0), values: bands[i] ?? [] }));
  return namedEnds(plot, lines.reverse(), LABEL_GAP);
}
