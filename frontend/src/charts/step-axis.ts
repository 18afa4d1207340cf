import { bisectLeft, ticks } from "d3-array";
import type { MaybeNumber } from "../api/replies";
import type { XAxis, Zoom } from "../model/series";
import { STEP_LABEL } from "../words/labels";
import { formatCount, formatNumber, formatTicks } from "../words/numbers";
import type { Domain } from "./scale";

/** Where the training steps stand along the horizontal axis: by their number or by their time. */
export interface StepAxis {
  /** What it shows; the step where the times that were asked for are not known. */
  kind: XAxis;
  label: string;
  domain: Domain;
  /** From a step to its place on the axis, and back; both run upwards. */
  place(step: number): number;
  stepAt(place: number): number;
  ticks(count: number): { value: number; text: string }[];
  /** What the axis says of one step, beside its number. */
  stamp(step: number): string | null;
}

interface Times {
  steps: readonly number[];
  wall_times: readonly MaybeNumber[];
}

/** Without two known times there is only the step. `further` are steps that it must reach. */
export function stepAxis(
  kind: XAxis,
  series: Times,
  zoom: Zoom | null = null,
  further: readonly number[] = [],
): StepAxis {
  const { steps, times } = knownTimes(series);
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const reach = reachOf(series.steps, further);
  const ends = zoom ?? reach;
  if (kind === "step" || !(first < last)) return numberAxis(ends, reach);
  const place = interpolator(steps, times);
  const domain = widened([place(ends[0]), place(ends[1])], 0.5);
  const inTime = { kind, domain, place, stepAt: interpolator(times, steps) };
  return kind === "relative"
    ? { ...inTime, ...sinceFirst(place, first, steps[0] ?? 0, domain) }
    : { ...inTime, ...onTheClock(place, first, domain) };
}

function reachOf(steps: readonly number[], further: readonly number[]): Domain {
  let [low, high] = [steps[0] ?? 0, steps.at(-1) ?? 1];
  for (const step of further) [low, high] = [Math.min(low, step), Math.max(high, step)];
  return [low, high];
}

function numberAxis(ends: Domain, [first, last]: Domain): StepAxis {
  const domain = widened(ends, 1);
  return {
    kind: "step",
    label: STEP_LABEL,
    domain,
    place: (step) => step,
    stepAt: (place) => place,
    stamp: () => null,
    ticks: (count) =>
      ticks(...domain, count)
        .filter((value) => Number.isInteger(value) && first <= value && value <= last)
        .map((value) => ({ value, text: formatStep(value) })),
  };
}

const UNITS = [
  { seconds: 86400, name: "days", short: "d" },
  { seconds: 3600, name: "hours", short: "h" },
  { seconds: 60, name: "minutes", short: "min" },
  { seconds: 1, name: "seconds", short: "s" },
] as const;

function sinceFirst(place: StepAxis["place"], first: number, step: number, domain: Domain) {
  const unit = UNITS.find(({ seconds }) => domain[1] - domain[0] >= 2 * seconds) ?? UNITS[3];
  const since = (time: number) => (time - first) / unit.seconds;
  return {
    label: `time since step ${formatCount(step)}, in ${unit.name}`,
    stamp: (at: number) =>
      `${formatNumber(since(place(at)))} ${unit.short} after step ${formatCount(step)}`,
    ticks: (count: number) => {
      const values = ticks(since(domain[0]), since(domain[1]), count);
      const texts = formatTicks(values);
      return values.map((value, i) => ({
        value: first + value * unit.seconds,
        text: texts[i] ?? "",
      }));
    },
  };
}

function onTheClock(place: StepAxis["place"], first: number, domain: Domain) {
  return {
    label: `wall time, ${formatDate(first)}`,
    stamp: (at: number) => formatMoment(place(at)),
    ticks: (count: number) => momentTicks(domain, count),
  };
}

/** A clock that was set back stands still: the axis never runs backwards. */
function knownTimes({ steps, wall_times }: Times): { steps: number[]; times: number[] } {
  const known: { steps: number[]; times: number[] } = { steps: [], times: [] };
  steps.forEach((step, i) => {
    const time = wall_times[i];
    if (time === null || time === undefined || !Number.isFinite(time)) return;
    known.steps.push(step);
    known.times.push(Math.max(time, known.times.at(-1) ?? time));
  });
  return known;
}

/** The broken line through the points, its outer pieces carried on. */
function interpolator(xs: readonly number[], ys: readonly number[]): (x: number) => number {
  return (x) => {
    const right = Math.min(xs.length - 1, Math.max(1, bisectLeft(xs as number[], x)));
    const [x0 = 0, x1 = 0, y0 = 0, y1 = 0] = [xs[right - 1], xs[right], ys[right - 1], ys[right]];
    return x1 === x0 ? y1 : y0 + ((x - x0) / (x1 - x0)) * (y1 - y0);
  };
}

/** A single step gets room on either side. */
function widened([first, last]: Domain, room: number): Domain {
  return first === last ? [first - room, last + room] : [first, last];
}

/** 400, 12,000, 1.5M: a step short enough for an axis. */
export function formatStep(step: number): string {
  for (const [unit, letter] of [
    [1e9, "B"],
    [1e6, "M"],
  ] as const)
    if (Math.abs(step) >= unit * 10 || (Math.abs(step) >= unit && step % (unit / 10) === 0))
      return `${Number((step / unit).toPrecision(6))}${letter}`;
  return formatCount(step);
}

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;
/** Distances between ticks that a clock reader expects, in seconds. */
const DISTANCES = [
  ...[0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 7, 14, 30, 90, 365].map((days) => days * DAY),
];

/** Round moments of the local clock between two times, in seconds since 1970. */
export function momentTicks([from, to]: Domain, count: number): { value: number; text: string }[] {
  const most = Math.max(2, count);
  const distance = DISTANCES.find((each) => (to - from) / each <= most) ?? 10 * 365 * DAY;
  const midnight = new Date(from * 1000).setHours(0, 0, 0, 0) / 1000;
  const first = Math.ceil((from - midnight) / distance - 1e-9);
  const found: { value: number; text: string }[] = [];
  for (let i = first; midnight + i * distance <= to && found.length < 50; i++) {
    const value = midnight + i * distance;
    found.push({ value, text: tickText(value, distance) });
  }
  return found;
}

function tickText(seconds: number, distance: number): string {
  const date = new Date(seconds * 1000);
  if (distance >= DAY) return date.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  const time = clock(date);
  if (distance >= MINUTE) return time.slice(0, 5);
  return distance >= 1 ? time : `${time}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

function clock(date: Date): string {
  return date.toLocaleTimeString("en-GB", { hour12: false });
}

function formatDate(seconds: number): string {
  const format = { day: "numeric", month: "short", year: "numeric" } as const;
  return new Date(seconds * 1000).toLocaleDateString("en-GB", format);
}

export function formatMoment(seconds: number): string {
  return `${formatDate(seconds)}, ${clock(new Date(seconds * 1000))}`;
}
