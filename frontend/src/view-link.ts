import { DEFAULT_HIDDEN, type HiddenBands, hiddenToText, textToHidden } from "./hidden-bands";
import type { Thresholds } from "./replies";

export type XAxis = "step" | "relative" | "wall";
export type MovementAxis = "linear" | "log";
/** Of what the change is drawn: of each quantile, or of each weight where that was recorded. */
export type ChangeOf = "quantiles" | "weights";
/** The first and the last step in sight. */
export type Zoom = readonly [first: number, last: number];

/** What of the detail, and of what all tensors are compared with, a link restores. */
export interface ViewLink {
  /** The histogram's step; null is the last kept one. */
  step: number | null;
  xAxis: XAxis;
  movementAxis: MovementAxis;
  zoom: Zoom | null;
  hiddenBands: HiddenBands;
  changeOf: ChangeOf;
  /** As the API writes it: `first`, `previous`, `step:N`, `run:NAME`. */
  baseline: string;
  /** Those that differ from the server's. */
  thresholds: Partial<Thresholds>;
}

export const DEFAULT_VIEW: ViewLink = {
  step: null,
  xAxis: "step",
  movementAxis: "linear",
  zoom: null,
  hiddenBands: DEFAULT_HIDDEN,
  changeOf: "quantiles",
  baseline: "first",
  thresholds: {},
};

export const THRESHOLDS = ["moved", "moved_far", "exploding", "collapsed"] as const;

/** Defaults are left out. */
export function viewToValues(view: ViewLink): Record<string, string> {
  const values: Record<string, string> = {};
  if (view.step !== null) values.step = String(view.step);
  if (view.xAxis !== "step") values.x = view.xAxis;
  if (view.movementAxis !== "linear") values.y = view.movementAxis;
  if (view.zoom !== null) values.zoom = view.zoom.join("..");
  const hide = hiddenToText(view.hiddenBands);
  if (hide !== null) values.hide = hide;
  if (view.changeOf !== "quantiles") values.change = view.changeOf;
  return { ...values, ...comparisonQuery(view) };
}

/** What all numbers are compared with, word for word as the API takes it; defaults left out. */
export function comparisonQuery({
  baseline,
  thresholds,
}: Pick<ViewLink, "baseline" | "thresholds">): Record<string, string> {
  const query: Record<string, string> = {};
  if (baseline !== DEFAULT_VIEW.baseline) query.baseline = baseline;
  for (const name of THRESHOLDS)
    if (thresholds[name] !== undefined) query[name] = String(thresholds[name]);
  return query;
}

export function valuesToView(values: Record<string, string>): ViewLink {
  return {
    step: number(values.step),
    xAxis: values.x === "relative" || values.x === "wall" ? values.x : "step",
    movementAxis: values.y === "log" ? "log" : "linear",
    zoom: parseZoom(values.zoom),
    hiddenBands: textToHidden(values.hide),
    changeOf: values.change === "weights" ? "weights" : "quantiles",
    baseline: parseBaseline(values.baseline),
    thresholds: parseThresholds(values),
  };
}

function number(text: string | undefined): number | null {
  const value = Number(text);
  return text?.trim() && Number.isFinite(value) ? value : null;
}

function parseZoom(text: string | undefined): Zoom | null {
  const [first = null, last = null] = text?.split("..").map(number) ?? [];
  return first !== null && last !== null && first < last ? [first, last] : null;
}

/** What the server would refuse is the default here: a bad link still opens. */
function parseBaseline(text: string | undefined): string {
  return text && /^(previous$|step:-?\d+$|run:[\s\S])/.test(text) ? text : DEFAULT_VIEW.baseline;
}

function parseThresholds(values: Record<string, string>): Partial<Thresholds> {
  const thresholds: Partial<Thresholds> = {};
  for (const name of THRESHOLDS) {
    const value = number(values[name]);
    if (value !== null && value > 0) thresholds[name] = value;
  }
  return thresholds;
}
