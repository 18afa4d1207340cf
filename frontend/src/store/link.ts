import type { Role, Thresholds, Verdict } from "../api/replies";
import { DEFAULT_SORT, type Sort, type SortColumn } from "../model/rows";
import type { ChangeOf, MovementAxis, XAxis, Zoom } from "../model/series";

/** How the tensors are shown; the first is the default. */
export const VIEWS = ["table", "cards", "heatmap", "runs"] as const;

export type ViewName = (typeof VIEWS)[number];

/** What a link to the page restores. */
export interface Link extends RunLink, ViewLink {
  tag: string | null;
  filter: string;
  roles: readonly Role[];
  verdicts: readonly Verdict[];
  sort: Sort;
  view: ViewName;
  grouped: boolean;
}

const GROUPED = "scope";
const SORT_COLUMNS: readonly SortColumn[] = ["tag", "role", "verdict", "movement"];

/** Defaults are left out: a link says only what was chosen. */
export function linkToValues(link: Link): Record<string, string> {
  const values = runsToValues(link);
  if (link.tag !== null) values.tag = link.tag;
  if (link.filter) values.filter = link.filter;
  if (link.roles.length > 0) values.roles = link.roles.join(",");
  if (link.verdicts.length > 0) values.verdicts = link.verdicts.join(",");
  if (link.sort.column !== DEFAULT_SORT.column || link.sort.descending !== DEFAULT_SORT.descending)
    values.sort = (link.sort.descending ? "-" : "") + link.sort.column;
  if (link.view !== VIEWS[0]) values.view = link.view;
  if (link.grouped) values.group = GROUPED;
  return { ...values, ...viewToValues(link) };
}

export function valuesToLink(values: Record<string, string>): Link {
  return {
    ...valuesToRuns(values),
    tag: values.tag ?? null,
    filter: values.filter ?? "",
    roles: list(values.roles) as Role[],
    verdicts: list(values.verdicts) as Verdict[],
    sort: parseSort(values.sort),
    view: VIEWS.find((name) => name === values.view) ?? VIEWS[0],
    grouped: values.group === GROUPED,
    ...valuesToView(values),
  };
}

function list(text: string | undefined): string[] {
  return text ? text.split(",").filter(Boolean) : [];
}

function parseSort(text: string | undefined): Sort {
  const descending = text?.startsWith("-") ?? false;
  const column = SORT_COLUMNS.find((name) => name === text?.slice(descending ? 1 : 0));
  return column ? { column, descending } : DEFAULT_SORT;
}

/** Which runs a link opens, and how they are compared. */
export interface RunLink {
  /** The run whose tensors are listed. */
  run: string | null;
  /** Further runs beside it. */
  others: readonly string[];
  /** The run that ratios refer to; null is the run whose tensors are listed. */
  reference: string | null;
  /** Whether runs of unequal length are compared at the last step that all of them have. */
  aligned: boolean;
  /** The run whose column orders the comparison; null is the order of the table. */
  order: RunOrder | null;
}

export interface RunOrder {
  run: string;
  descending: boolean;
}

/** As many as can be told apart by colour and dash. */
export const MOST_RUNS = 8;

const EACH_LAST = "last";

/** Names may hold commas: each is encoded by itself. Defaults are left out. */
function runsToValues({ run, others, reference, aligned, order }: RunLink): Record<string, string> {
  const values: Record<string, string> = {};
  if (run !== null) values.run = run;
  if (others.length > 0) values.with = others.map(encoded).join(",");
  if (reference !== null) values.reference = reference;
  if (!aligned) values.at = EACH_LAST;
  if (order !== null) values.by = (order.descending ? "-" : "+") + order.run;
  return values;
}

function valuesToRuns(values: Record<string, string>): RunLink {
  const run = values.run ?? null;
  const others = (values.with ?? "").split(",").filter(Boolean).map(decoded);
  const distinct = [...new Set(others)].filter((other) => other !== run);
  return {
    run,
    others: run === null ? [] : distinct.slice(0, MOST_RUNS - 1),
    reference: values.reference ?? null,
    aligned: values.at !== EACH_LAST,
    order: parseOrder(values.by),
  };
}

function parseOrder(text: string | undefined): RunOrder | null {
  const [sign, run] = [text?.[0], text?.slice(1)];
  return run && (sign === "-" || sign === "+") ? { run, descending: sign === "-" } : null;
}

/** Half a surrogate pair cannot be encoded at all. */
function encoded(name: string): string {
  return encodeURIComponent(name.replace(/\p{Surrogate}/gu, "\ufffd"));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const BANDS_CHARTS = ["delta", "bands"] as const;

export type BandsChartName = (typeof BANDS_CHARTS)[number];

/** Pairs of bands taken out of each chart, by the lower one's basis points; null is its default. */
type HiddenBands = Readonly<Record<BandsChartName, readonly number[] | null>>;

const DEFAULT_HIDDEN: HiddenBands = { delta: null, bands: null };

/** `delta-0-668~bands-0`: characters that an address leaves as they are; null for the default. */
function hiddenToText(hidden: HiddenBands): string | null {
  const told = BANDS_CHARTS.filter((chart) => hidden[chart] !== null);
  return told.map((chart) => [chart, ...(hidden[chart] ?? [])].join("-")).join("~") || null;
}

/** What names no chart, and what is below no median, is left out. */
function textToHidden(text: string | undefined): HiddenBands {
  const hidden: Record<BandsChartName, readonly number[] | null> = { ...DEFAULT_HIDDEN };
  for (const part of text?.split("~") ?? []) {
    const [name, ...keys] = part.split("-");
    const chart = BANDS_CHARTS.find((each) => each === name);
    if (chart)
      hidden[chart] = keys
        .filter((key) => /^\d+$/.test(key))
        .map(Number)
        .filter(isLower);
  }
  return hidden;
}

const isLower = (basisPoints: number) => basisPoints < 5000;

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
