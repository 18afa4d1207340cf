import type { MaybeNumber, SeriesReply } from "../api/replies";
import { domainOf } from "../charts/plot";
import type { Domain } from "../charts/scale";
import { type StepAxis, stepAxis } from "../charts/step-axis";
import { boundedAt, boundsText, isUnresolved } from "../model/bounds";
import {
  hasOnlyRecords,
  type MovementAxis,
  nearest,
  recordedSeries,
  type XAxis,
  type Zoom,
  zoomedSeries,
} from "../model/series";
import { relativeUnit } from "../words/labels";
import { formatCount, formatNumber, formatRelative, isNumber } from "../words/numbers";

/** The series of one run among others. */
export interface RunSeries {
  run: string;
  slot: number;
  series: SeriesReply;
}

/** One run's movement on the common axis: its series holds the kept steps in sight. */
export interface RunLine extends RunSeries {
  /** Where its steps stand, as steps of the leading run: in time these are not whole. */
  at: number[];
  values: MaybeNumber[];
  /** Only what its buckets can tell from none. */
  resolved: MaybeNumber[];
}

/** All that the chart of several runs draws. */
export interface RunsPicture {
  /** `% of …`; null where the runs have no common one, and only their own unit is left. */
  unit: string | null;
  lines: RunLine[];
  axis: StepAxis;
  /** The steps that the cross-hair stops at. */
  stops: number[];
  yDomain: Domain;
  log: boolean;
}

interface Asked {
  /** The run that leads: its time is the axis' time. */
  lead: SeriesReply;
  runs: readonly RunSeries[];
  xAxis: XAxis;
  movementAxis: MovementAxis;
  zoom: Zoom | null;
}

export function runsPicture({ lead, xAxis, movementAxis, zoom, ...asked }: Asked): RunsPicture {
  const runs = alike(asked.runs);
  const unit = commonUnit(runs);
  const [first, last] = zoom ?? [-Infinity, Infinity];
  const inSight = (place: number) => first <= place && place <= last;
  const lines = runs.map((one): RunLine => {
    const places = placesOn(lead, one.series, xAxis);
    const steps = one.series.steps.filter((_, i) => inSight(places[i] ?? 0));
    const series = zoomedSeries(one.series, [steps[0] ?? Infinity, steps.at(-1) ?? -Infinity]);
    const values = valuesOf(series, unit);
    const resolved = values.map((value, i) => (isUnresolved(boundedAt(series, i)) ? null : value));
    return { ...one, series, at: places.filter(inSight), values, resolved };
  });
  const axis = stepAxis(xAxis, lead, zoom, zoom === null ? lines.flatMap(({ at }) => at) : []);
  const leads = lines.find(({ run }) => run === lead.run)?.at ?? [];
  const stops = axis.kind === "step" ? union(lines.map(({ at }) => at)) : leads;
  return { unit, lines, axis, stops, ...heightOf(lines, unit, movementAxis) };
}

/** With exact movement only where all runs have it: a floor says nothing beside it. */
function alike(runs: readonly RunSeries[]): readonly RunSeries[] {
  const told = runs.map(({ series }) => recordedSeries(series));
  if (told.some((series) => series === null))
    return runs.filter(({ series }) => !hasOnlyRecords(series));
  return runs.map((one, i) => ({ ...one, series: told[i] ?? one.series }));
}

/** A percentage says nothing beside one of something else. */
function commonUnit(runs: readonly RunSeries[]): string | null {
  const units = new Set(runs.map(({ series }) => relativeUnit(series.scale_kind)));
  const [unit = null] = units;
  return units.size === 1 ? unit : null;
}

function valuesOf({ movement, relative_movement }: SeriesReply, unit: string | null) {
  if (unit === null) return movement;
  return relative_movement.map((share) => (isNumber(share) ? share * 100 : null));
}

/** By number the same step is the same place; in relative time each run starts at the same one. */
function placesOn(lead: SeriesReply, series: SeriesReply, xAxis: XAxis): number[] {
  const [axis, own] = [stepAxis(xAxis, lead), stepAxis(xAxis, series)];
  if (series === lead || axis.kind === "step" || own.kind === "step") return [...series.steps];
  const start = (of: StepAxis, { steps }: SeriesReply) => of.place(steps[0] ?? 0);
  const shift = xAxis === "relative" ? start(axis, lead) - start(own, series) : 0;
  return series.steps.map((step) => axis.stepAt(own.place(step) + shift));
}

function union(lists: readonly (readonly number[])[]): number[] {
  return [...new Set(lists.flat())].sort((a, b) => a - b);
}

/** Beyond this factor a linear axis shows one line, and the others on the floor. */
const FAR_APART = 30;

function areFarApart(lines: readonly RunLine[]): boolean {
  const ends = lines.flatMap(({ values }) => {
    const last = values.findLast((value) => isNumber(value) && value > 0);
    return isNumber(last) ? [last] : [];
  });
  return ends.length > 1 && Math.max(...ends) > FAR_APART * Math.min(...ends);
}

function heightOf(lines: readonly RunLine[], unit: string | null, movementAxis: MovementAxis) {
  const lists = lines.map(({ values }) => values);
  const positive = lists.flat().filter((value) => isNumber(value) && value > 0) as number[];
  if (
    (movementAxis === "log" || (movementAxis === "auto" && areFarApart(lines))) &&
    positive.length > 0
  ) {
    const [low, high] = [Math.min(...positive) / 1.5, Math.max(...positive) * 1.2];
    return { log: true, yDomain: [low, Math.max(high, 10 * low)] as Domain };
  }
  const [, high] = domainOf(lists, { include: [0], fallback: unit === null ? 1e-3 : 1 });
  return { log: false, yDomain: [0, high] as Domain };
}

/** What a run says at a stop of the cross-hair. */
interface RunReading {
  run: string;
  slot: number;
  value: string;
  /** Its kept step, where that is another one; or that it ended before. */
  note: string;
}

export function runReadings({ lines, unit }: RunsPicture, stop: number): RunReading[] {
  return lines.map(({ run, slot, series, at }) => {
    const i = stepNear(at, stop);
    if (i === null) return { run, slot, value: "–", note: endNote(series, at, stop) };
    const step = series.steps[i] ?? 0;
    const note = step === stop ? "" : `step ${formatCount(step)}`;
    return { run, slot, value: readingAt(series, i, unit), note };
  });
}

function readingAt(series: SeriesReply, i: number, unit: string | null): string {
  const bounded = boundedAt(series, i);
  if (isUnresolved(bounded))
    return boundsText(unit === null ? { ...bounded, scale: null } : bounded);
  if (unit === null) return formatNumber(series.movement[i] ?? null);
  return formatRelative(series.relative_movement[i] ?? null);
}

/** The kept step nearest to the stop; none where the run has not begun or is over. */
function stepNear(at: readonly number[], stop: number): number | null {
  const [first, last] = [at[0], at.at(-1)];
  if (first === undefined || last === undefined) return null;
  const gap = at.length > 1 ? (last - first) / (at.length - 1) : 1;
  if (stop < first - gap / 2 || stop > last + gap / 2) return null;
  return nearest(at, stop);
}

function endNote({ steps }: SeriesReply, at: readonly number[], stop: number): string {
  const last = at.at(-1);
  if (last === undefined || stop <= last) return "";
  return `ended at step ${formatCount(steps.at(-1) ?? 0)}`;
}
