import type { MaybeNumber } from "../api/replies";
import { isNumber } from "../words/numbers";

interface SparklineProps {
  steps: readonly MaybeNumber[];
  values: readonly MaybeNumber[];
  /** The step from which on it holds NaN or infinity: a line across shows where. */
  brokeAt?: MaybeNumber;
  width?: number;
  height?: number;
}

/** The shape of a tensor's movement, scaled to its own largest: the number stands beside it. */
export function Sparkline(props: SparklineProps) {
  const { steps, values, brokeAt = null, width = 58, height = 20 } = props;
  const { path, broke } = sparklinePaths(steps, values, width, height, brokeAt);
  return (
    <svg class="sparkline" width={width} height={height} aria-hidden="true">
      <path class="sparkline-fill" d={path && `${path}V${height - 1}H1Z`} />
      <path class="sparkline-line" d={path} />
      {broke && <path class="sparkline-broke" d={broke} />}
    </svg>
  );
}

export function sparklinePaths(
  steps: readonly MaybeNumber[],
  values: readonly MaybeNumber[],
  width: number,
  height: number,
  brokeAt: MaybeNumber = null,
): { path: string; broke: string } {
  const points: [number, number][] = [];
  steps.forEach((step, i) => {
    const value = values[i];
    if (isNumber(step) && isNumber(value)) points.push([step, value]);
  });
  const reached = [...points.map(([step]) => step), brokeAt].filter(isNumber);
  const first = Math.min(...reached);
  const span = Math.max(...reached) - first || 1;
  const highest = points.reduce((high, [, value]) => Math.max(high, value), 0) || 1;
  const x = (step: number) => (1 + ((step - first) / span) * (width - 2)).toFixed(1);
  const y = (value: number) => (height - 2 - (value / highest) * (height - 4)).toFixed(1);
  return {
    path: points.map(([step, value], i) => `${i ? "L" : "M"}${x(step)},${y(value)}`).join(""),
    broke: isNumber(brokeAt) ? `M${x(brokeAt)},1V${height - 1}` : "",
  };
}
