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

/** One series among others: a tensor in one of several runs, or one of several tensors. */
export interface NamedSeries {
  name: string;
  slot: number;
  series: SeriesReply;
}

/** Its movement on the common axis: its series holds the kept steps in sight. */
export interface OverlaidLine extends NamedSeries {
  /** Where its steps stand, as steps of the leading series: in time these are not whole. */
  at: number[];
  values: MaybeNumber[];
  /** Only what its buckets can tell from none. */
  resolved: MaybeNumber[];
}

/** All that a chart of several series draws. */
export interface OverlayPicture {
  /** `% of …`; null where they have no common one, and only their own unit is left. */
  unit: string | null;
  lines: OverlaidLine[];
  axis: StepAxis;
  /** The steps that the cross-hair stops at. */
  stops: number[];
  yDomain: Domain;
  log: boolean;
}

interface Asked {
  /** The one that leads: its time is the axis' time. */
  lead: SeriesReply;
  all: readonly NamedSeries[];
  xAxis: XAxis;
  movementAxis: MovementAxis;
  zoom: Zoom | null;
}

export function overlayPicture(asked: Asked): OverlayPicture {
  const { lead, xAxis, movementAxis, zoom } = asked;
  const all = alike(asked.all);
  const unit = commonUnit(all);
  const [first, last] = zoom ?? [-Infinity, Infinity];
  const inSight = (place: number) => first <= place && place <= last;
  const lines = all.map((one): OverlaidLine => {
    const places = placesOn(lead, one.series, xAxis);
    const steps = one.series.steps.filter((_, i) => inSight(places[i] ?? 0));
    const series = zoomedSeries(one.series, [steps[0] ?? Infinity, steps.at(-1) ?? -Infinity]);
    const values = valuesOf(series, unit);
    const resolved = values.map((value, i) => (isUnresolved(boundedAt(series, i)) ? null : value));
    return { ...one, series, at: places.filter(inSight), values, resolved };
  });
  const axis = stepAxis(xAxis, lead, zoom, zoom === null ? lines.flatMap(({ at }) => at) : []);
  const leads = lines.find(({ series }) => isSame(series, lead))?.at ?? [];
  const stops = axis.kind === "step" ? union(lines.map(({ at }) => at)) : leads;
  return { unit, lines, axis, stops, ...heightOf(lines, unit, movementAxis) };
}

const isSame = (one: SeriesReply, other: SeriesReply) =>
  one.run === other.run && one.tag === other.tag;

/** With exact movement only where all have it: a floor says nothing beside it. */
function alike(all: readonly NamedSeries[]): readonly NamedSeries[] {
  const told = all.map(({ series }) => recordedSeries(series));
  if (told.some((series) => series === null))
    return all.filter(({ series }) => !hasOnlyRecords(series));
  return all.map((one, i) => ({ ...one, series: told[i] ?? one.series }));
}

/** A percentage says nothing beside one of something else. */
function commonUnit(all: readonly NamedSeries[]): string | null {
  const units = new Set(all.map(({ series }) => relativeUnit(series.scale_kind)));
  const [unit = null] = units;
  return units.size === 1 ? unit : null;
}

function valuesOf({ movement, relative_movement }: SeriesReply, unit: string | null) {
  if (unit === null) return movement;
  return relative_movement.map((share) => (isNumber(share) ? share * 100 : null));
}

/** By number the same step is the same place; in relative time each starts at the same one. */
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

function areFarApart(lines: readonly OverlaidLine[]): boolean {
  const ends = lines.flatMap(({ values }) => {
    const last = values.findLast((value) => isNumber(value) && value > 0);
    return isNumber(last) ? [last] : [];
  });
  return ends.length > 1 && Math.max(...ends) > FAR_APART * Math.min(...ends);
}

function heightOf(lines: readonly OverlaidLine[], unit: string | null, movementAxis: MovementAxis) {
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

/** What a line says at a stop of the cross-hair. */
interface Reading {
  name: string;
  slot: number;
  value: string;
  /** Its kept step, where that is another one; or that it ended before. */
  note: string;
}

export function overlayReadings({ lines, unit }: OverlayPicture, stop: number): Reading[] {
  return lines.map(({ name, slot, series, at }) => {
    const i = stepNear(at, stop);
    if (i === null) return { name, slot, value: "–", note: endNote(series, at, stop) };
    const step = series.steps[i] ?? 0;
    const note = step === stop ? "" : `step ${formatCount(step)}`;
    return { name, slot, value: readingAt(series, i, unit), note };
  });
}

function readingAt(series: SeriesReply, i: number, unit: string | null): string {
  const bounded = boundedAt(series, i);
  if (isUnresolved(bounded))
    return boundsText(unit === null ? { ...bounded, scale: null } : bounded);
  if (unit === null) return formatNumber(series.movement[i] ?? null);
  return formatRelative(series.relative_movement[i] ?? null);
}

/** The kept step nearest to the stop; none where it has not begun or is over. */
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
