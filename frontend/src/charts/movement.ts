import type { MaybeNumber, SeriesReply } from "../replies";
import { relativeUnit } from "../words";
import { exists } from "./lines";
import { domainOf } from "./plot";

/** A bound this many times the largest movement would flatten the line: the axis does not follow. */
const FLATTENS = 3;

/** All that the chart of movement draws, in the unit of its axis. */
export interface MovementLines {
  /** `% of initial …`; null where only the tensor's own unit exists. */
  unit: string | null;
  values: MaybeNumber[];
  /** The bounds, and the movement that buckets can tell from none; none of them above the axis. */
  lower: MaybeNumber[];
  upper: MaybeNumber[];
  resolution: MaybeNumber[];
  /** The upper end of the axis. */
  high: number;
  /** The largest upper bound, where the axis ends before it. */
  beyond: number | null;
}

export function movementLines(series: SeriesReply): MovementLines {
  const unit = relativeUnit(series.scale_kind);
  const factor = unit === null || series.scale === null ? 1 : 100 / series.scale;
  const scaled = (values: readonly MaybeNumber[]) =>
    values.map((value) => (exists(value) ? value * factor : null));
  const values =
    unit === null
      ? series.movement
      : series.relative_movement.map((share) => (exists(share) ? share * 100 : null));
  const [lower, upper] = drawnBounds(series).map(scaled) as [MaybeNumber[], MaybeNumber[]];
  const resolution = scaled(series.resolution);
  const high = axisEnd(values, [upper, resolution], unit === null ? 1e-3 : 1);
  const largest = largestOf(upper);
  return {
    unit,
    values,
    lower: capped(lower, high),
    upper: capped(upper, high),
    resolution: capped(resolution, high),
    high,
    beyond: largest > high ? largest : null,
  };
}

/**
 * The bounds worth drawing: none where a histogram is identical to the baseline's, which says more
 * than the width of its buckets; and nothing but 0 at the baseline itself.
 */
function drawnBounds(series: SeriesReply): [MaybeNumber[], MaybeNumber[]] {
  const { run, baseline, baseline_run, baseline_step, steps, movement } = series;
  const own = baseline_run === run && baseline !== "previous";
  const bound = (values: readonly MaybeNumber[]) =>
    values.map((value, i) => {
      if (movement[i]) return value;
      return own && steps[i] === baseline_step && movement.some(Boolean) ? 0 : null;
    });
  return [bound(series.movement_lower), bound(series.movement_upper)];
}

/** The axis holds every movement, and of the others what leaves the line a third of the height. */
function axisEnd(
  values: readonly MaybeNumber[],
  others: readonly (readonly MaybeNumber[])[],
  fallback: number,
): number {
  const most = FLATTENS * largestOf(values);
  const followed = others.filter((list) => largestOf(list) <= most);
  const [, high] = domainOf([values, ...followed], { include: [0], fallback });
  return high;
}

function largestOf(values: readonly MaybeNumber[]): number {
  return values.reduce<number>((high, value) => Math.max(high, value ?? 0), 0);
}

function capped(values: readonly MaybeNumber[], high: number): MaybeNumber[] {
  return values.map((value) => (value === null ? null : Math.min(value, high)));
}
