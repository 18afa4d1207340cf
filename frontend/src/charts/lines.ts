import { area, line } from "d3-shape";
import type { MaybeNumber } from "../replies";
import { exists } from "./exists";
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
    .defined(([, value]) => exists(value))
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
    .defined(([, low, high]) => exists(low) && exists(high))
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
