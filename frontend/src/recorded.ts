import {
  type ExactFigure,
  type ExactSteps,
  type MaybeNumber,
  MEASURES,
  type SeriesReply,
} from "./replies";

/** A series that has exact records and no histogram beside them. */
export function hasOnlyRecords({ bands, exact }: SeriesReply): boolean {
  return bands.length === 0 && exact !== null;
}

/** What a card draws: the change of each quantile, of each weight where only that is known. */
export function changeBands(series: SeriesReply): MaybeNumber[][] {
  return hasOnlyRecords(series) ? (series.exact?.change_bands ?? []) : series.delta_bands;
}

/** A series of exact records alone stands at their steps, with nothing that histograms tell. */
export function atItsSteps(series: SeriesReply): SeriesReply {
  return series.steps.length === 0 && series.exact ? blankAt(series, series.exact) : series;
}

/** The series as if its movement were the exact one; null where that does not lead. */
export function ledSeries(series: SeriesReply): SeriesReply | null {
  const { exact } = series;
  if (!exact?.leads) return null;
  const { mean_abs: movement, scale, scale_kind } = exact;
  return {
    ...blankAt(series, exact),
    scale,
    scale_kind,
    movement,
    movement_lower: movement,
    movement_upper: movement,
    resolution: movement.map(() => 0),
    relative_movement: movement.map((value) => (value === null || !scale ? null : value / scale)),
  };
}

function blankAt(series: SeriesReply, { steps, wall_times }: ExactSteps): SeriesReply {
  const nothing = steps.map(() => null);
  const measures = Object.fromEntries(MEASURES.map((name) => [name, nothing]));
  return { ...series, ...measures, steps, wall_times, bands: [], delta_bands: [] };
}

/** An exact figure at a step; null where that step was not recorded. */
export function recordedAt(
  { exact }: SeriesReply,
  figure: ExactFigure,
  step: number | undefined,
): MaybeNumber {
  const at = exact === null || step === undefined ? -1 : exact.steps.indexOf(step);
  return exact?.[figure][at] ?? null;
}
