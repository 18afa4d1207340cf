import { area, line } from "d3-shape";
import type { MaybeNumber } from "../api/replies";
import { isNumber } from "../words/numbers";
import type { Plot } from "./plot";

type Point = readonly [step: number, value: MaybeNumber];
type Strip = readonly [step: number, lower: MaybeNumber, upper: MaybeNumber];

const HALF_WIDTH_OF_ONE_STEP = 0.3;

/** A line over steps, interrupted where a value does not exist. */
export function linePath(
  plot: Plot,
  steps: readonly number[],
  values: readonly MaybeNumber[],
): string {
  const points = widened(steps.map((step, i): Point => [step, values[i] ?? null]));
  const draw = line<Point>()
    .defined(([, value]) => isNumber(value))
    .x(([step]) => plot.x(step))
    .y(([, value]) => plot.y(value ?? 0))
    .digits(2);
  return draw(points) ?? "";
}

/** The strip between two lines, interrupted where either does not exist. */
export function areaPath(
  plot: Plot,
  steps: readonly number[],
  lower: readonly MaybeNumber[],
  upper: readonly MaybeNumber[],
): string {
  const strips = widened(steps.map((step, i): Strip => [step, lower[i] ?? null, upper[i] ?? null]));
  const draw = area<Strip>()
    .defined(([, low, high]) => isNumber(low) && isNumber(high))
    .x(([step]) => plot.x(step))
    .y0(([, low]) => plot.y(low ?? 0))
    .y1(([, , high]) => plot.y(high ?? 0))
    .digits(2);
  return draw(strips) ?? "";
}

/** A single step would be a line of no length: it is drawn as a short one. */
function widened<T extends readonly [number, ...unknown[]]>(points: T[]): T[] {
  const only = points[0];
  if (points.length !== 1 || !only) return points;
  const [step, ...rest] = only;
  return [-HALF_WIDTH_OF_ONE_STEP, HALF_WIDTH_OF_ONE_STEP].map(
    (offset) => [step + offset, ...rest] as unknown as T,
  );
}

/**
 * Lines by where they end, from the top down, each with a place for its name that touches no other.
 * A line without a value has no end.
 */
export function namedEnds<Line extends { values: readonly MaybeNumber[] }>(
  plot: Plot,
  lines: readonly Line[],
  gap: number,
): (Line & { lineY: number; textY: number })[] {
  const ends = lines
    .map((line) => ({ ...line, lineY: plot.y(line.values.findLast(isNumber) ?? Number.NaN) }))
    .filter(({ lineY }) => isNumber(lineY))
    .sort((a, b) => a.lineY - b.lineY);
  const places = ends.map(({ lineY }) => lineY);
  const texts = spreadLabels(places, gap, plot.top, plot.bottom);
  return ends.map((line, i) => ({ ...line, textY: texts[i] ?? 0 }));
}

/**
 * Positions near the wanted ones (ascending) that keep `gap` between neighbours and stay within
 * [top, bottom] as long as all of them fit.
 */
export function spreadLabels(
  wanted: readonly number[],
  gap: number,
  top: number,
  bottom: number,
): number[] {
  const clusters: { center: number; count: number }[] = [];
  for (const position of wanted) {
    let cluster = { center: position, count: 1 };
    for (let last = clusters.at(-1); last && touching(last, cluster, gap); last = clusters.at(-1)) {
      clusters.pop();
      cluster = merged(last, cluster);
    }
    clusters.push(cluster);
  }
  const free = clusters.flatMap(({ center, count }) =>
    Array.from({ length: count }, (_, i) => center + (i - (count - 1) / 2) * gap),
  );
  return within(free, gap, top, bottom);
}

interface Cluster {
  center: number;
  count: number;
}

function touching(a: Cluster, b: Cluster, gap: number): boolean {
  return b.center - a.center < (gap * (a.count + b.count)) / 2;
}

function merged(a: Cluster, b: Cluster): Cluster {
  const count = a.count + b.count;
  return { center: (a.center * a.count + b.center * b.count) / count, count };
}

function within(positions: number[], gap: number, top: number, bottom: number): number[] {
  const down = [...positions];
  for (let i = 0; i < down.length; i++)
    down[i] = Math.max(down[i] ?? 0, i === 0 ? top : (down[i - 1] ?? 0) + gap);
  for (let i = down.length - 1; i >= 0; i--)
    down[i] = Math.min(
      down[i] ?? 0,
      i === down.length - 1 ? Math.max(bottom, top + gap * i) : (down[i + 1] ?? 0) - gap,
    );
  return down;
}
