import type { MaybeNumber, Measure, OverviewReply } from "../api/replies";
import { MEASURES } from "../api/replies";
import {
  formatNumber,
  formatPercent,
  formatRatio,
  formatRelative,
  isNumber,
} from "../words/numbers";
import { comparedWith, measured, orderText, type Row, type Sort } from "./rows";

interface MeasureWords {
  /** In a column's head, and to choose it by. */
  name: string;
  /** What the tensors are ordered by, where that is not its name. */
  order?: string;
  hint: string;
}

/** What can be shown of every tensor, in words. */
export const MEASURE_WORDS: Record<Measure, MeasureWords> = {
  movement: {
    name: "Movement",
    hint: "How far each tensor is from its baseline, as surely as that is known",
  },
  estimate: {
    name: "Single weights, about",
    order: "single weights",
    hint: "The mean of |w − w₀|: as recorded, else estimated; nothing where histograms do not tell it",
  },
  speed: {
    name: "Speed",
    hint: "Movement from one kept step to the next, per training step",
  },
  spread_ratio: { name: "Spread ratio", hint: "The standard deviation over the baseline's" },
  norm: { name: "Norm", hint: "‖w‖, the root of the sum of squares" },
  update_ratio: {
    name: "Update ratio",
    hint: "‖Δ‖/‖w‖ of the last optimizer step, as the recorder measured it",
  },
  fraction_changed: {
    name: "Fraction changed",
    hint: "Which part of the weights is not what it was at first, as the recorder counted it",
  },
};

/** The order of the tensors where the last column shows this measure, to follow "by". */
export function orderBy(sort: Sort, measure: Measure): string {
  const { order, name } = MEASURE_WORDS[measure];
  return orderText(sort, order ?? name);
}

/** The measures that a run has something of. */
export function measuresOf({ columns }: OverviewReply): Measure[] {
  const recorded = columns.exact.some((exact) => exact !== null);
  const estimated = columns.estimate.some((estimate) => estimate !== null);
  const there: Partial<Record<Measure, boolean>> = {
    estimate: estimated,
    update_ratio: recorded,
    fraction_changed: recorded,
  };
  return MEASURES.filter((measure) => there[measure] ?? true);
}

export function measuredText(row: Row): string {
  const value = measured(row);
  switch (row.sparkline.measure) {
    case "spread_ratio":
      return formatRatio(value);
    case "norm":
    case "update_ratio":
      return formatNumber(value, 2);
    case "estimate":
      return formatRelative(value);
    default:
      return formatPercent(value);
  }
}

/** What a measure is coloured by, at each step: parts of a scale, a change of size, or itself. */
export function coloured(row: Row): MaybeNumber[] {
  const { measure, values } = row.sparkline;
  const scale = comparedWith(row) ?? 1;
  const first = values.find(isNumber) || null;
  return values.map((value) => {
    if (!isNumber(value)) return null;
    if (measure === "spread_ratio") return Math.abs(value - 1);
    // From 0 no growth is a part of the start: its own size says at least whether there is any.
    if (measure === "norm") return first === null ? value : Math.abs(value / first - 1);
    if (measure === "update_ratio" || measure === "fraction_changed") return value;
    return value / scale;
  });
}

/** What colours mean, over their scale. */
export function colouredBy(measure: Measure): string {
  if (measure === "movement") return "Relative movement, % of spread (or value)";
  if (measure === "spread_ratio") return "Change of the spread, % of the baseline's";
  if (measure === "norm") return "Change of the norm, % of the first";
  const of = measure === "estimate" || measure === "speed" ? ", % of spread (or value)" : "";
  return `${MEASURE_WORDS[measure].name}${of}`;
}

/** Whether a tensor has no scale to be coloured by. */
export function hasNoScale(row: Row): boolean {
  const { measure, values } = row.sparkline;
  if (measure === "norm") return values.find(isNumber) === 0;
  const isDistance = measure === "movement" || measure === "estimate" || measure === "speed";
  return isDistance && comparedWith(row) === null;
}

/** The familiar range of update ratios: a rule of thumb, told as one. */
export const UPDATE_BAND = { low: 1e-4, high: 1e-2, usual: 1e-3 } as const;

interface OutsideBand {
  above: readonly Row[];
  below: readonly Row[];
}

/** The tensors whose last update was far from the usual part of their size; null of others. */
export function outsideBand(rows: readonly Row[]): OutsideBand | null {
  const known = rows.filter(
    (row) => row.sparkline.measure === "update_ratio" && isNumber(measured(row)),
  );
  if (known.length === 0) return null;
  const ratio = (row: Row) => measured(row) ?? 0;
  return {
    above: known.filter((row) => ratio(row) > UPDATE_BAND.high),
    below: known.filter((row) => ratio(row) < UPDATE_BAND.low),
  };
}
