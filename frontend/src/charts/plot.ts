import { ticks } from "d3-array";
import type { MaybeNumber } from "../api/replies";
import { nearest } from "../model/series";
import { formatNumber, formatTicks } from "../words/numbers";
import { type Domain, linearScale, logScale, type Scale } from "./scale";
import type { StepAxis } from "./step-axis";

/** The rectangle a chart draws in, its scales and its ticks: everything in pixels of the SVG. */
export interface Plot {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
  x: Scale;
  y: Scale;
  xTicks: Tick[];
  yTicks: Tick[];
}

interface Tick {
  position: number;
  text: string;
}

type PlacedAxis = Pick<StepAxis, "domain" | "place" | "stepAt" | "ticks">;

interface PlotSpec {
  width: number;
  height: number;
  /** What x reaches over; where equal steps of it take no equal room, the axis that places it. */
  x: Domain | PlacedAxis;
  yDomain: Domain;
  yLog?: boolean | undefined;
  /** What a tick says of a value is so many times that. */
  yFactor?: number | undefined;
  /** Room at the right for the names of the lines. */
  marginRight?: number | undefined;
}

const TOP = 22;
const BOTTOM = 36;
/** Pixels of a character of the texts around a drawing. */
export const CHARACTER = 6.7;
const PIXELS_PER_X_TICK = 72;
const PIXELS_PER_Y_TICK = 36;

export function plotOf(spec: PlotSpec): Plot {
  const { width, height, yFactor, marginRight = 12 } = spec;
  const bottom = height - BOTTOM;
  const y = (spec.yLog ? logScale : linearScale)(spec.yDomain, [bottom, TOP]);
  const yTicks = (spec.yLog ? logTicks : ticksOf)(y, (bottom - TOP) / PIXELS_PER_Y_TICK, yFactor);
  const left = 10 + CHARACTER * Math.max(2, ...yTicks.map(({ text }) => text.length));
  const right = Math.max(left + 1, width - marginRight);
  const count = (right - left) / PIXELS_PER_X_TICK;
  const sides = { width, height, left, right, top: TOP, bottom };
  if ("place" in spec.x) {
    const x = stepScale(spec.x, [left, right]);
    return { ...sides, x, y, xTicks: stepTicks(spec.x, [left, right], count), yTicks };
  }
  const x = linearScale(spec.x, [left, right]);
  return { ...sides, x, y, xTicks: ticksOf(x, count), yTicks };
}

function ticksOf(scale: Scale, count: number, factor = 1): Tick[] {
  const values = ticks(...scale.domain, wholeCount(count));
  const texts = formatTicks(values.map((value) => value * factor));
  return values.map((value, i) => ({ position: scale(value), text: texts[i] ?? "" }));
}

/** Powers of ten; within few decades also what lies between them. */
function logTicks(scale: Scale, count: number, factor = 1): Tick[] {
  const [low, high] = scale.domain.map(Math.log10) as [number, number];
  const mantissas = high - low > 3 ? [1] : high - low > 1.2 ? [1, 3] : [1, 2, 5];
  const found: Tick[] = [];
  const every = Math.max(1, Math.ceil((high - low) / wholeCount(count)));
  for (let decade = Math.floor(low); decade <= high; decade++) {
    if (decade % every !== 0) continue;
    for (const mantissa of mantissas) {
      const value = Number(`${mantissa}e${decade}`);
      if (scale.domain[0] <= value && value <= scale.domain[1])
        found.push({ position: scale(value), text: formatNumber(value * factor) });
    }
  }
  return found;
}

const wholeCount = (count: number) => Math.max(2, Math.round(count));

/** Such an axis in pixels: by step or value, wherever it places them. */
function stepScale(axis: PlacedAxis, range: Domain): Scale {
  const inner = linearScale(axis.domain, range);
  const scale = (step: number) => inner(axis.place(step));
  const invert = (pixel: number) => axis.stepAt(inner.invert(pixel));
  return Object.assign(scale, { invert, domain: axis.domain });
}

function stepTicks(axis: PlacedAxis, range: Domain, count: number): Tick[] {
  const inner = linearScale(axis.domain, range);
  return axis.ticks(wholeCount(count)).map(({ value, text }) => ({ position: inner(value), text }));
}

/** The range of all finite values, with `include` in it and a margin around it. */
export function domainOf(
  lists: readonly (readonly MaybeNumber[])[],
  { include = [], fallback = 1 }: { include?: readonly number[]; fallback?: number } = {},
): Domain {
  let low = Infinity;
  let high = -Infinity;
  for (const list of [...lists, include])
    for (const value of list) {
      if (value === null || !Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  if (low > high) return [-fallback, fallback];
  if (low === high) return [low - fallback, high + fallback];
  const margin = (high - low) * 0.06;
  return [low - margin, high + margin];
}

/** From the first to the last step; a single step gets a neighbour on either side. */
export function stepDomain(steps: readonly number[]): Domain {
  const first = steps[0] ?? 0;
  const last = steps.at(-1) ?? 1;
  return first === last ? [first - 1, first + 1] : [first, last];
}

/** The index of the step nearest to the horizontal pixel. */
export function stepAt(plot: Plot, steps: readonly number[], pixel: number): number {
  return nearest(steps.map(plot.x), pixel);
}
