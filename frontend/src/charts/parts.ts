import type { MaybeNumber, SeriesReply } from "../replies";
import { OWN_UNIT, relativeUnit } from "../words";
import { exists } from "./exists";

export type PartName = "median" | "spread" | "shape";

/** One of the three changes that a movement is made of. */
export interface Part {
  name: PartName;
  label: string;
  values: MaybeNumber[];
}

export interface Parts {
  unit: string;
  /** Whether the values are percentages. */
  relative: boolean;
  parts: Part[];
}

/**
 * Where the median went, how much wider the middle became, and what is left of the movement after
 * both; in percent of what the movement is a percentage of, so that they share an axis.
 */
export function partsOf(series: SeriesReply): Parts {
  const of = series.scale === null ? null : relativeUnit(series.scale_kind);
  const factor = of === null || series.scale === null ? 1 : 100 / series.scale;
  const times = (values: readonly MaybeNumber[]) =>
    values.map((value) => (exists(value) ? value * factor : null));
  const spread = series.spread_ratio.map((ratio) => (exists(ratio) ? (ratio - 1) * 100 : null));
  const parts: Part[] = [
    { name: "median", label: "median shift", values: times(series.median_shift) },
    { name: "shape", label: "shape change", values: times(series.shape_change) },
  ];
  // A change of spread is a percentage of the spread and of nothing else.
  if (series.scale_kind === "std" && spread.some(exists))
    parts.splice(1, 0, { name: "spread", label: "spread", values: spread });
  return { unit: of ?? `in ${OWN_UNIT}`, relative: of !== null, parts };
}

export interface Speed {
  unit: string;
  relative: boolean;
  values: MaybeNumber[];
}

/** How far the distribution moves in one training step, from each kept step to the next. */
export function speedOf(series: SeriesReply): Speed {
  const of = series.scale === null ? null : relativeUnit(series.scale_kind);
  const factor = of === null || series.scale === null ? 1 : 100 / series.scale;
  return {
    unit: `${of ?? `in ${OWN_UNIT},`} per training step`,
    relative: of !== null,
    values: series.speed.map((value) => (exists(value) ? value * factor : null)),
  };
}
