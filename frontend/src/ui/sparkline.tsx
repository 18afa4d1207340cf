import type { MaybeNumber } from "../api/replies";
import { isNumber } from "../words/numbers";

interface SparklineProps {
  steps: readonly MaybeNumber[];
  values: readonly MaybeNumber[];
  width?: number;
  height?: number;
}

/** The shape of a tensor's movement, scaled to its own largest: the number stands beside it. */
export function Sparkline({ steps, values, width = 58, height = 20 }: SparklineProps) {
  const path = sparklinePath(steps, values, width, height);
  return (
    <svg class="sparkline" width={width} height={height} aria-hidden="true">
      <path class="sparkline-fill" d={path && `${path}V${height - 1}H1Z`} />
      <path class="sparkline-line" d={path} />
    </svg>
  );
}

export function sparklinePath(
  steps: readonly MaybeNumber[],
  values: readonly MaybeNumber[],
  width: number,
  height: number,
): string {
  const points: [number, number][] = [];
  steps.forEach((step, i) => {
    const value = values[i];
    if (isNumber(step) && isNumber(value)) points.push([step, value]);
  });
  const first = points[0]?.[0] ?? 0;
  const span = (points.at(-1)?.[0] ?? 0) - first || 1;
  const highest = points.reduce((high, [, value]) => Math.max(high, value), 0) || 1;
  const x = (step: number) => (1 + ((step - first) / span) * (width - 2)).toFixed(1);
  const y = (value: number) => (height - 2 - (value / highest) * (height - 4)).toFixed(1);
  return points.map(([step, value], i) => `${i ? "L" : "M"}${x(step)},${y(value)}`).join("");
}
