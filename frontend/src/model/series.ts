import {
  EXACT_FIGURES,
  type ExactFigure,
  type ExactSteps,
  type MaybeNumber,
  METRICS,
  type SeriesReply,
  type ShownSteps,
} from "../api/replies";

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

/** Whether the server shows of a series what was recorded weight by weight. */
export function showsRecords({ shown }: SeriesReply): boolean {
  return shown?.basis[0] === "records";
}

/** The series as if its movement were the recorded one; null where another is shown. */
export function recordedSeries(series: SeriesReply): SeriesReply | null {
  const { shown } = series;
  if (!shown || !showsRecords(series)) return null;
  return {
    ...blankAt(series, shown),
    scale: shown.scale,
    scale_kind: shown.scale_kind,
    movement: shown.movement,
    movement_lower: shown.lower,
    movement_upper: shown.upper,
    relative_movement: shown.relative_movement,
  };
}

function blankAt(series: SeriesReply, { steps, wall_times }: ExactSteps | ShownSteps): SeriesReply {
  const nothing = steps.map(() => null);
  const measures = Object.fromEntries(METRICS.map((name) => [name, nothing]));
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

export type XAxis = "step" | "relative" | "wall";
/** By itself it is linear, and logarithmic where runs lie far apart. */
export type MovementAxis = "auto" | "linear" | "log";
/** Of what the change is drawn: of each quantile, or of each weight where that was recorded. */
export type ChangeOf = "quantiles" | "weights";
/** The first and the last step in sight. */
export type Zoom = readonly [first: number, last: number];

/** The index of the place nearest to the wanted one, of two as near the first; -1 where none is. */
export function nearest(places: readonly number[], wanted: number): number {
  let found = -1;
  let least = Infinity;
  places.forEach((place, i) => {
    const distance = Math.abs(place - wanted);
    if (distance < least) [found, least] = [i, distance];
  });
  return found;
}

/** The lists of a reply that hold one entry per kept step. */
const PER_STEP = ["steps", "wall_times", ...METRICS] as const;

/** The zoom as far as this series has at least two kept steps in it. */
export function usableZoom({ steps }: Pick<SeriesReply, "steps">, zoom: Zoom | null): Zoom | null {
  if (zoom === null) return null;
  const inside = steps.filter((step) => zoom[0] <= step && step <= zoom[1]);
  const [first, last] = [inside[0], inside.at(-1)];
  if (first === undefined || last === undefined || first === last) return null;
  return inside.length === steps.length ? null : [first, last];
}

/** The series as if only the steps in sight had been kept; its baseline and scale stay. */
export function zoomedSeries(series: SeriesReply, zoom: Zoom | null): SeriesReply {
  if (zoom === null) return series;
  const inside = <T>(list: readonly T[]): T[] =>
    list.filter((_, i) => zoom[0] <= (series.steps[i] ?? 0) && (series.steps[i] ?? 0) <= zoom[1]);
  const lists = Object.fromEntries(PER_STEP.map((name) => [name, inside(series[name])]));
  return {
    ...series,
    ...lists,
    bands: series.bands.map(inside),
    delta_bands: series.delta_bands.map(inside),
    exact: series.exact && recordsInSight(series.exact, zoom),
  };
}

function recordsInSight(exact: ExactSteps, [first, last]: Zoom): ExactSteps {
  const inside = <T>(list: readonly T[]): T[] =>
    list.filter((_, i) => first <= (exact.steps[i] ?? 0) && (exact.steps[i] ?? 0) <= last);
  const figures = Object.fromEntries(EXACT_FIGURES.map((name) => [name, inside(exact[name])]));
  return {
    ...exact,
    ...figures,
    steps: inside(exact.steps),
    wall_times: inside(exact.wall_times),
    change_bands: exact.change_bands.map(inside),
  };
}

/** So many times the kept steps that are in sight, around one of them, which stays in its place. */
export function zoomedBy(
  factor: number,
  steps: readonly number[],
  zoom: Zoom | null,
  around: number | null,
): Zoom | null {
  const end = steps.length - 1;
  const first = zoom ? steps.indexOf(zoom[0]) : 0;
  const last = zoom ? steps.indexOf(zoom[1]) : end;
  const centre = Math.min(last, Math.max(first, steps.indexOf(around ?? Number.NaN)));
  const length = Math.max(1, Math.round((last - first) * factor));
  if (!(length < end)) return null;
  const share = (centre - first) / Math.max(1, last - first);
  const start = Math.min(end - length, Math.max(0, Math.round(centre - share * length)));
  return [steps[start] ?? 0, steps[start + length] ?? 0];
}
