import { batch, effect, type Signal, signal } from "@preact/signals";
import { MEASURES, type Measure, type Role, type Thresholds, type Verdict } from "../api/replies";
import { decode, encode } from "../host/hash";
import { remembered } from "../host/remembered";
import type { Host } from "../host/tensorboard";
import { DEFAULT_SORT, isSortColumn, type Sort } from "../model/rows";
import type { RunSort } from "../model/run-list";
import type { ChangeOf, MovementAxis, XAxis, Zoom } from "../model/series";

/** How the tensors are shown; the first is the default. */
export const VIEWS = ["table", "map", "heatmap", "cards", "runs"] as const;
export type ViewName = (typeof VIEWS)[number];

/** As many as can be told apart by colour and dash. */
export const MOST_RUNS = 20;
/** Beside the chosen tensor. */
export const MOST_PINS = MOST_RUNS - 1;

export interface RunOrder {
  run: string;
  descending: boolean;
}

/** The most serious state first. */
export const DEFAULT_RUNS_SORT: RunSort = { column: "state", descending: false };

/** Pairs of bands taken out of each chart, by the lower one's basis points; null is its default. */
type HiddenBands = Readonly<Record<BandsChartName, readonly number[] | null>>;
const BANDS_CHARTS = ["delta", "bands"] as const;
export type BandsChartName = (typeof BANDS_CHARTS)[number];

export const THRESHOLDS = ["moved", "moved_far", "exploding", "collapsed"] as const;

/** One tensor at one step. */
export interface Cell {
  tag: string;
  step: number;
}

type Values = Record<string, string>;

/** A thing that is chosen, and how the address tells it. */
interface Field<T> {
  /** The address does not say it. */
  fallback: T;
  write(value: T): Values;
  /** Nothing where the address does not say, or makes no sense: a bad link still opens. */
  read(values: Values): T | undefined;
}

function field<T>(
  name: string,
  fallback: T,
  read: (text: string) => T | undefined,
  write: (value: T) => string = String,
): Field<T> {
  return {
    fallback,
    write: (value) => ({ [name]: write(value) }),
    read: ({ [name]: text }) => (text === undefined ? undefined : read(text)),
  };
}

const asText = (text: string) => text;
const asNumber = (text: string) =>
  text.trim() && Number.isFinite(Number(text)) ? Number(text) : undefined;
const asWords = (text: string) => text.split(",").filter(Boolean);
/** Names may hold commas: each is encoded by itself. */
const namesToText = (names: readonly string[]) => names.map(encode).join(",");
const asNames = (text: string) => [...new Set(asWords(text).map(decode))];
const oneOf =
  <T extends string>(...words: readonly T[]) =>
  (text: string) =>
    words.find((word) => word === text);
/** What is or is not: the address says only that it is not as usual. */
const said = (word: string, value: boolean) => (text: string) =>
  text === word ? value : undefined;

/** A minus before the column means the other way round. */
const sortText = ({ column, descending }: RunSort) => (descending ? `-${column}` : column);

/** Which runs are shown, how they are listed, and how they are compared. */
const RUNS = {
  /** The run whose tensors are listed. */
  run: field<string | null>("run", null, asText),
  /** Further runs beside it. */
  others: {
    fallback: [],
    write: (others) => ({ with: namesToText(others) }),
    read: ({ run, with: others = "" }) =>
      run === undefined
        ? []
        : asNames(others)
            .filter((other) => other !== run)
            .slice(0, MOST_RUNS - 1),
  } as Field<readonly string[]>,
  /** The run that ratios refer to; null is the run whose tensors are listed. */
  reference: field<string | null>("reference", null, asText),
  /** Whether runs of unequal length are compared at the last step that all of them have. */
  aligned: field("at", true, said("last", false), () => "last"),
  /** The run whose column orders the comparison; null is the order of the table. */
  order: field<RunOrder | null>(
    "by",
    null,
    (text) => (/^[-+]./s.test(text) ? { run: text.slice(1), descending: text[0] === "-" } : null),
    (order) => (order?.descending ? "-" : "+") + order?.run,
  ),
  /** Whether the list of runs is shown although several are chosen. */
  listing: field("list", false, said("runs", true), () => "runs"),
  /** What of the list of runs is shown, and in which order. */
  runsFilter: field("runs", "", asText),
  runsSort: field<RunSort>("runs_sort", DEFAULT_RUNS_SORT, readRunsSort, sortText),
};

/** Which tensors are listed, in which order, and how. */
const LIST = {
  tag: field<string | null>("tag", null, asText),
  /** Tensors whose lines stay beside the chosen one's. */
  pins: field<readonly string[]>(
    "pins",
    [],
    (text) => asNames(text).slice(0, MOST_PINS),
    namesToText,
  ),
  filter: field("filter", "", asText),
  roles: field<readonly Role[]>("roles", [], (text) => asWords(text) as Role[]),
  verdicts: field<readonly Verdict[]>("verdicts", [], (text) => asWords(text) as Verdict[]),
  sort: field<Sort>("sort", DEFAULT_SORT, readSort, sortText),
  view: field<ViewName>("view", VIEWS[0], oneOf(...VIEWS)),
  /** Whether they are grouped by name scope. */
  grouped: field("group", false, said("scope", true), () => "scope"),
  /** The groups that are not as usual: scopes folded away, and kinds that are not. */
  turned: field<readonly string[]>("fold", [], asNames, namesToText),
};

/** What is shown of the chosen tensor, and what all tensors are compared with. */
const VIEW = {
  /** The histogram's step; null is the last kept one. */
  step: field<number | null>("step", null, asNumber),
  xAxis: field<XAxis>("x", "step", oneOf("relative", "wall")),
  movementAxis: field<MovementAxis>("y", "auto", oneOf("linear", "log")),
  zoom: field<Zoom | null>("zoom", null, readZoom, (zoom) => (zoom ?? []).join("..")),
  hiddenBands: field<HiddenBands>("hide", { delta: null, bands: null }, readHidden, hiddenText),
  /** The scalar beside movement; null is the server's choice, the loss. */
  scalar: field<string | null>("scalar", null, asText),
  changeOf: field<ChangeOf>("change", "quantiles", oneOf("weights")),
  /** What list, map and heat map show of each tensor. */
  measure: field<Measure>("measure", "movement", oneOf(...MEASURES)),
  /** As the API writes it: `first`, `previous`, `step:N`, `run:NAME`. What it would refuse is none. */
  baseline: field("baseline", "first", (text) =>
    /^(previous$|step:-?\d+$|run:[\s\S])/.test(text) ? text : undefined,
  ),
  /** Those that differ from the server's, each by its own name. */
  thresholds: {
    fallback: {},
    write: (thresholds) => thresholdsOf((name) => thresholds[name]?.toString()),
    read: (values) => thresholdsOf((name) => positive(values[name])),
  } as Field<Partial<Thresholds>>,
};

const FIELDS = { ...RUNS, ...LIST, ...VIEW };

/** What a link to the page restores. */
export type Link = { [Name in keyof typeof FIELDS]: (typeof FIELDS)[Name]["fallback"] };

const NAMES = Object.keys(FIELDS) as (keyof Link)[];
const fieldOf = (name: keyof Link) => FIELDS[name] as Field<unknown>;

function fallbacks<T extends Record<string, Field<unknown>>>(fields: T) {
  const found = Object.entries(fields).map(([name, { fallback }]) => [name, fallback]);
  return Object.fromEntries(found) as { [Name in keyof T]: T[Name]["fallback"] };
}

export const DEFAULT_LINK: Link = fallbacks(FIELDS);
export const DEFAULT_VIEW = fallbacks(VIEW);

/** Defaults are left out: a link says only what was chosen. */
export function linkToValues(link: Partial<Link>): Values {
  const chosen = NAMES.filter((name) => name in link && !same(link[name], DEFAULT_LINK[name]));
  return Object.assign({}, ...chosen.map((name) => fieldOf(name).write(link[name])));
}

export function valuesToLink(values: Values): Link {
  const read = NAMES.map((name) => [name, fieldOf(name).read(values) ?? DEFAULT_LINK[name]]);
  return Object.fromEntries(read) as Link;
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

type Chosen = { [Name in Exclude<keyof Link, "run" | "others">]: Signal<Link[Name]> };

const CHOSEN = NAMES.filter((name) => name !== "run" && name !== "others") as (keyof Chosen)[];

export const LIST_SHARE = "list-share";
export const FOLLOWING = "following";
export const MORE = "more-charts";

/** Neither side is ever lost. */
export const [LEAST_SHARE, USUAL_SHARE, MOST_SHARE] = [0.25, 0.49, 0.75] as const;

export const shareWithin = (share: number) => Math.min(MOST_SHARE, Math.max(LEAST_SHARE, share));

/** Half, or what was set. */
function shareOf(text: string | null): number {
  const share = Number(text ?? Number.NaN);
  return Number.isFinite(share) && share > 0 ? shareWithin(share) : USUAL_SHARE;
}

/** What the user chose: what links restore, and what lasts for a visit. */
export function createChoice({ run, others, ...link }: Link) {
  const chosen = Object.fromEntries(CHOSEN.map((name) => [name, signal(link[name])]));
  return {
    ...(chosen as unknown as Chosen),
    /** The first one leads: its tensors are listed. */
    chosenRuns: signal<readonly string[]>(run === null ? [] : [run, ...others]),
    /** The filter that the address brought, until one is typed. */
    linkedFilter: signal<string | null>(link.filter),
    linkedRunsFilter: signal<string | null>(link.runsFilter),
    /** The part of the width that the list takes. */
    listShare: signal(shareOf(remembered(LIST_SHARE))),
    /** Whether the charts that few ask for are shown. */
    more: signal(remembered(MORE) === "yes"),
    /** Whether the page looks for new steps by itself. */
    following: signal(remembered(FOLLOWING) !== "no"),
    /** Whether the tensor is what somebody chose, by hand or by link. */
    tagIsChosen: signal(link.tag !== null),
    /** The cell of the heat map under the pointer or reached by key. */
    cell: signal<Cell | null>(null),
    /** The step under the pointer, in whichever chart. */
    hoverStep: signal<number | null>(null),
    /** Whether the histogram steps on by itself. */
    playing: signal(false),
    helpOpen: signal(false),
    /** What was just done, said in words for a moment. */
    told: signal<string | null>(null),
    /** Counts what Back undoes: each run, tensor and view that the user went to. */
    visits: signal(0),
  };
}

export type Choice = ReturnType<typeof createChoice>;

/** What the address says when it is up to date. */
export function linkValues(choice: Choice): Values {
  const [run = null, ...others] = choice.chosenRuns.value;
  const chosen = Object.fromEntries(CHOSEN.map((name) => [name, choice[name].value]));
  // Of one run alone there is no comparison.
  const listing = choice.listing.value && others.length > 0;
  return linkToValues({ run, others, ...chosen, listing });
}

const LINK_DELAY = 200;

/** Who goes on to another tensor before this has passed was only on the way. */
const ON_THE_WAY = 2_000;

/** The address and the choice tell the same: what is chosen is written, what is edited is followed. */
export function keepLink(host: Host, choice: Choice): () => void {
  let known = host.readLink();
  const follow = () => {
    known = host.readLink();
    followLink(known, choice);
  };
  host.onLinkChange(follow);
  let visits = choice.visits.peek();
  let before = linkValues(choice);
  /** The tensor that was gone to last, if nothing else was since. */
  let last: { address: Values; at: number } | null = null;
  return effect(() => {
    const values = linkValues(choice);
    const visited = choice.visits.value !== visits;
    const timer = setTimeout(() => {
      // An edit tells of itself late: what was chosen before must not write over it.
      const now = host.readLink();
      const isEdited = !same(valuesToLink(now), valuesToLink(known));
      if (isEdited && Object.keys(now).length > 0) return follow();
      const toTensor = visited && same({ ...values, tag: "" }, { ...before, tag: "" });
      const isRecent = last !== null && Date.now() - last.at < ON_THE_WAY;
      // Back may have led away from it.
      const goesOn = toTensor && isRecent && same(now, last?.address);
      [visits, before] = [choice.visits.peek(), values];
      host.writeLink(values, visited && !goesOn);
      known = host.readLink();
      if (visited) last = toTensor ? { address: known, at: Date.now() } : null;
    }, LINK_DELAY);
    return () => clearTimeout(timer);
  });
}

/** Somebody edited the address, or went back: the page follows it. */
function followLink(values: Values, choice: Choice): void {
  if (Object.keys(values).length === 0) return;
  const { run, others, tag, ...link } = valuesToLink(values);
  batch(() => {
    if (run !== null) set(choice.chosenRuns, [run, ...others]);
    if (tag !== null) {
      if (tag !== choice.tag.peek()) choice.tagIsChosen.value = true;
      set(choice.tag, tag);
    }
    if (link.filter !== choice.filter.peek()) choice.linkedFilter.value = link.filter;
    if (link.runsFilter !== choice.runsFilter.peek())
      choice.linkedRunsFilter.value = link.runsFilter;
    for (const name of Object.keys(link) as (keyof typeof link)[])
      set(choice[name] as Signal<unknown>, link[name]);
  });
}

/** Only what differs is set: an equal zoom is the same zoom, and asks for nothing again. */
function set<T>(chosen: Signal<T>, value: T): void {
  if (!same(chosen.peek(), value)) chosen.value = value;
}

function readSort(text: string): Sort | undefined {
  const descending = text.startsWith("-");
  const column = text.slice(+descending);
  return isSortColumn(column) ? { column, descending } : undefined;
}

function readRunsSort(text: string): RunSort | undefined {
  const [, minus, column] = /^(-?)(state|median|name|param-.+)$/s.exec(text) ?? [];
  return column === undefined ? undefined : { column, descending: minus === "-" };
}

function thresholdsOf<T>(find: (name: keyof Thresholds) => T | undefined) {
  const told = THRESHOLDS.map((name) => [name, find(name)] as const);
  return Object.fromEntries(told.filter(([, value]) => value !== undefined)) as Record<string, T>;
}

function positive(text = ""): number | undefined {
  const value = asNumber(text);
  return value !== undefined && value > 0 ? value : undefined;
}

function readZoom(text: string): Zoom | undefined {
  const [first, last] = text.split("..").map(asNumber);
  return first !== undefined && last !== undefined && first < last ? [first, last] : undefined;
}

/** `delta-0-668~bands-0`: characters that an address leaves as they are. */
function hiddenText(hidden: HiddenBands): string {
  const told = BANDS_CHARTS.filter((chart) => hidden[chart] !== null);
  return told.map((chart) => [chart, ...(hidden[chart] ?? [])].join("-")).join("~");
}

/** What names no chart, and what is below no median, is left out. */
function readHidden(text: string): HiddenBands {
  const hidden: Record<BandsChartName, readonly number[] | null> = { delta: null, bands: null };
  for (const part of text.split("~")) {
    const [name = "", ...keys] = part.split("-");
    const chart = oneOf(...BANDS_CHARTS)(name);
    const lower = keys.filter((key) => /^\d+$/.test(key)).map(Number);
    if (chart) hidden[chart] = lower.filter((basisPoints) => basisPoints < 5000);
  }
  return hidden;
}
