import type { EstimateSteps, MaybeNumber, SeriesReply } from "../api/replies";
import { domainOf } from "../charts/plot";
import type { Domain } from "../charts/scale";
import type { MovementAxis } from "../model/series";
import { OWN_UNIT, relativeUnit } from "../words/labels";
import { areMultiples, isNumber } from "../words/numbers";

/** A bound this many times the largest movement would flatten the line: the axis does not follow. */
const FLATTENS = 3;

/** All that the chart of movement draws, in the unit of its axis. */
export interface MovementLines {
  /** `% of …`; null where only the tensor's own unit exists. */
  unit: string | null;
  values: MaybeNumber[];
  /** The bounds, and the movement that buckets can tell from none; none of them above the axis. */
  lower: MaybeNumber[];
  upper: MaybeNumber[];
  resolution: MaybeNumber[];
  /** The exact movement, at the steps of its records. */
  exact: MaybeNumber[];
  /** The exact root mean square of the change, where sums tell it. */
  rms: MaybeNumber[];
  /** How far single values moved as is estimated, and the ends of its interval. */
  about: Record<"middle" | "least" | "most", MaybeNumber[]>;
  /** The ends of the axis. */
  low: number;
  high: number;
  log: boolean;
  /** The largest upper bound, where the axis ends before it. */
  beyond: number | null;
}

export function movementLines(series: SeriesReply, axis: MovementAxis = "linear"): MovementLines {
  const unit = commonUnit(series);
  const factor = unit === null || series.scale === null ? 1 : 100 / series.scale;
  const scaled = (values: readonly MaybeNumber[]) =>
    values.map((value) => (isNumber(value) ? value * factor : null));
  const values =
    unit === null
      ? series.movement
      : series.relative_movement.map((share) => (isNumber(share) ? share * 100 : null));
  const [lower, upper] = drawnBounds(series).map(scaled) as [MaybeNumber[], MaybeNumber[]];
  const resolution = scaled(series.resolution);
  const exact = scaled(series.exact?.mean_abs ?? []);
  const rms = scaled(series.rms);
  const [middle, least, most] = estimated(series).map(scaled) as [
    MaybeNumber[],
    MaybeNumber[],
    MaybeNumber[],
  ];
  const about = { middle, least, most };
  const told = [values, exact, rms, middle, most];
  const ends = axis === "log" ? logEnds([...told, resolution], upper) : null;
  const all = { unit, values, lower, upper, resolution, exact, rms, about };
  if (ends !== null) return logLines(all, ends);
  const high = axisEnd(told.flat(), [upper, resolution], unit === null ? 1e-3 : 1);
  const largest = largestOf(upper);
  return {
    unit,
    values,
    lower: capped(lower, high),
    upper: capped(upper, high),
    resolution: capped(resolution, high),
    exact,
    rms,
    about,
    low: 0,
    high,
    log: false,
    beyond: largest > high ? largest : null,
  };
}

/** The mean and its interval, of those steps at which nothing surer tells it. */
function estimated({ estimate }: SeriesReply): MaybeNumber[][] {
  const { method = [], mean_abs = [], lower = [], upper = [] } = estimate ?? {};
  return [mean_abs, lower, upper].map((values) =>
    values.map((value, i) => (isGuess(method[i]) ? value : null)),
  );
}

/** Sums tell the mean's bounds and its rms for certain; nothing else does. */
export function isGuess(method: EstimateSteps["method"][number] | undefined): boolean {
  return method === "smear" || method === "widening";
}

/** How an axis tells movement: in percent, in multiples as numbers do, or in the tensor's own unit. */
export function axisOf(what: string, unit: string | null, high: number) {
  if (unit === null) return { yLabel: `${what}, in ${OWN_UNIT}` };
  if (!areMultiples(high)) return { yLabel: `${what}, ${unit}` };
  return { yLabel: `${what}, times the ${unit.replace("% of ", "")}`, yFactor: 0.01 };
}

/** A percentage of one thing says nothing beside one of another: then only the own unit is left. */
function commonUnit({ scale_kind, exact }: SeriesReply): string | null {
  const alike = exact === null || exact.scale_kind === scale_kind;
  return alike ? relativeUnit(scale_kind) : null;
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

/** From the smallest movement or resolution to the largest bound; null where nothing is above 0. */
function logEnds(
  told: readonly (readonly MaybeNumber[])[],
  upper: readonly MaybeNumber[],
): Domain | null {
  const positive = told.flat().filter((value) => isNumber(value) && value > 0) as number[];
  if (positive.length === 0) return null;
  const low = Math.min(...positive) / 1.5;
  return [low, Math.max(10 * low, 1.2 * largestOf([...positive, ...upper]))];
}

/** No logarithm of 0: there a line has a gap, and a lower bound ends at the foot of the axis. */
function logLines(
  lines: Omit<MovementLines, "low" | "high" | "log" | "beyond">,
  [low, high]: Domain,
): MovementLines {
  const above = (values: readonly MaybeNumber[]) =>
    values.map((value) => (isNumber(value) && value > 0 ? Math.max(low, value) : null));
  const upper = above(lines.upper);
  return {
    unit: lines.unit,
    values: above(lines.values),
    lower: lines.lower.map((value, i) =>
      value === null || upper[i] === null ? null : Math.max(low, value),
    ),
    upper,
    resolution: above(lines.resolution),
    exact: above(lines.exact),
    rms: above(lines.rms),
    about: {
      middle: above(lines.about.middle),
      least: above(lines.about.least),
      most: above(lines.about.most),
    },
    low,
    high,
    log: true,
    beyond: null,
  };
}

type PartName = "median" | "spread" | "shape";

/** One of the three changes that a movement is made of. */
interface Part {
  name: PartName;
  label: string;
  values: MaybeNumber[];
}

export interface Parts {
  /** `% of …`; null where only the tensor's own unit exists. */
  unit: string | null;
  parts: Part[];
}

/**
 * Where the median went, how much wider the middle became, and what is left of the movement after
 * both; in percent of what the movement is a percentage of, so that they share an axis.
 */
export function partsOf(series: SeriesReply): Parts {
  const { of, inUnit } = unitOf(series);
  const spread = series.spread_ratio.map((ratio) => (isNumber(ratio) ? (ratio - 1) * 100 : null));
  const parts: Part[] = [
    { name: "median", label: "median shift", values: inUnit(series.median_shift) },
    { name: "shape", label: "shape change", values: inUnit(series.shape_change) },
  ];
  // A change of spread is a percentage of the spread and of nothing else.
  if (series.scale_kind === "std" && spread.some(isNumber))
    parts.splice(1, 0, { name: "spread", label: "spread", values: spread });
  return { unit: of, parts };
}

export interface Speed {
  unit: string;
  relative: boolean;
  values: MaybeNumber[];
}

/** How far the distribution moves in one training step, from each kept step to the next. */
export function speedOf(series: SeriesReply): Speed {
  const { of, inUnit } = unitOf(series);
  const unit = `${of ?? `in ${OWN_UNIT},`} per training step`;
  return { unit, relative: of !== null, values: inUnit(series.speed) };
}

/** Percent of the scale where there is one, else the tensor's own unit: null. */
function unitOf({ scale, scale_kind }: SeriesReply) {
  const of = scale === null ? null : relativeUnit(scale_kind);
  const factor = of === null || scale === null ? 1 : 100 / scale;
  const inUnit = (values: readonly MaybeNumber[]) =>
    values.map((value) => (isNumber(value) ? value * factor : null));
  return { of, inUnit };
}
