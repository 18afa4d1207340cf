import { bisectCenter, ticks } from "d3-array";
import { formatTicks } from "../format";
import type { MaybeNumber } from "../replies";
import { type Domain, linearScale, type Scale } from "./scale";

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

export interface Tick {
  position: number;
  text: string;
}

export interface PlotSpec {
  width: number;
  height: number;
  xDomain: Domain;
  yDomain: Domain;
  /** The kept steps, where x is the training step: ticks are whole numbers between them. */
  steps?: readonly number[];
  /** Room at the right for the names of the lines. */
  marginRight?: number;
}

const TOP = 22;
const BOTTOM = 36;
const CHARACTER = 6.2;
const PIXELS_PER_X_TICK = 72;
const PIXELS_PER_Y_TICK = 36;

export function plotOf(spec: PlotSpec): Plot {
  const { width, height, marginRight = 12 } = spec;
  const bottom = height - BOTTOM;
  const y = linearScale(spec.yDomain, [bottom, TOP]);
  const yTicks = ticksOf(y, (bottom - TOP) / PIXELS_PER_Y_TICK);
  const left = 10 + CHARACTER * Math.max(2, ...yTicks.map(({ text }) => text.length));
  const right = Math.max(left + 1, width - marginRight);
  const x = linearScale(spec.xDomain, [left, right]);
  const xTicks = ticksOf(x, (right - left) / PIXELS_PER_X_TICK, spec.steps);
  return { width, height, left, right, top: TOP, bottom, x, y, xTicks, yTicks };
}

function ticksOf(scale: Scale, count: number, steps?: readonly number[]): Tick[] {
  const values = ticks(...scale.domain, Math.max(2, Math.round(count))).filter(
    (value) => !steps || isStepTick(value, steps),
  );
  const texts = steps ? values.map(formatStep) : formatTicks(values);
  return values.map((value, i) => ({ position: scale(value), text: texts[i] ?? "" }));
}

function isStepTick(value: number, steps: readonly number[]): boolean {
  const [first = value, last = value] = [steps[0], steps.at(-1)];
  return Number.isInteger(value) && first <= value && value <= last;
}

/** 400, 12k, 1.5M: a step short enough for an axis. */
export function formatStep(step: number): string {
  for (const [unit, letter] of [
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const)
    if (Math.abs(step) >= unit * 10 || (Math.abs(step) >= unit && step % (unit / 10) === 0))
      return `${Number((step / unit).toPrecision(6))}${letter}`;
  return String(step);
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
  return bisectCenter(steps as number[], plot.x.invert(pixel));
}
