import type { MaybeNumber, OverviewReply, RunEntry, State } from "../api/replies";
import { STATES } from "../api/replies";
import { isNumber } from "../words/numbers";

/** What a list says of a run that was measured. */
export interface RunSummary {
  state: State;
  sentence: string;
  median: MaybeNumber;
  /** The median movement of its weights over their scales, over steps. */
  steps: readonly number[];
  values: readonly MaybeNumber[];
}

export function summaryOf({ headline, columns, sparkline }: OverviewReply): RunSummary {
  const weights = columns.role.flatMap((role, i) => (role === "weight" ? [i] : []));
  const chosen = weights.length > 0 ? weights : columns.role.map((_, i) => i);
  const byStep = new Map<number, number[]>();
  for (const i of chosen) {
    const scale = columns.shown[i]?.scale ?? null;
    if (!isNumber(scale) || scale <= 0) continue;
    sparkline.steps[i]?.forEach((step, k) => {
      const value = sparkline.values[i]?.[k] ?? null;
      if (!isNumber(step) || !isNumber(value)) return;
      const at = byStep.get(step) ?? [];
      byStep.set(step, at);
      at.push(value / scale);
    });
  }
  const steps = [...byStep.keys()].sort((a, b) => a - b);
  return {
    state: headline.state,
    sentence: headline.sentence,
    median: headline.median_movement,
    steps,
    values: steps.map((step) => medianOf(byStep.get(step) ?? [])),
  };
}

/** Of a run that cannot be compared as it was asked for: the reason in the place of numbers. */
export function unknownBecause(sentence: string): RunSummary {
  return { state: "unknown", sentence, median: null, steps: [], values: [] };
}

function medianOf(values: readonly number[]): MaybeNumber {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const [low, high] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

export type Param = string | number | boolean;

/** By name, in the order in which they were written; a name may be any word, `constructor` too. */
type Params = ReadonlyMap<string, Param>;

/** What stands between the parts of a name. */
const BETWEEN = /([/,;\s]+)/;

const number = (text: string): Param =>
  text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;

/** A hyper-parameter as names write it: `lr=0.01`, `lr-1e-2`, `seed_3`. */
function paramOf(part: string): [name: string, value: Param] | null {
  const [, name, value] =
    /^([a-z][\w.]*?)=(.+)$/i.exec(part) ?? /^([a-z]+)[-_](\d[\d.e+-]*)$/i.exec(part) ?? [];
  return name === undefined || value === undefined ? null : [name, number(value)];
}

export function paramsInName(run: string): Params {
  const found = run.split(BETWEEN).map(paramOf);
  return new Map(found.filter((param) => param !== null));
}

/** One run of the list: what tells it from the others, and what was measured of it. */
export interface ListedRun {
  entry: RunEntry;
  /** Its name without what stands in columns, and what all names share; empty where that is all. */
  name: string;
  params: Params;
  summary: RunSummary | null;
}

export interface RunList {
  runs: ListedRun[];
  /** The hyper-parameters that are not the same in all runs, the most telling first. */
  columns: string[];
  /** What all names share. */
  shared: string;
}

const MOST_COLUMNS = 8;

export function listRuns(
  entries: readonly RunEntry[],
  summaries: ReadonlyMap<string, RunSummary>,
): RunList {
  const all = entries.map(
    ({ run, hparams }): Params => new Map([...paramsInName(run), ...Object.entries(hparams)]),
  );
  const columns = columnsOf(all);
  const names = namesBeside(
    entries.map(({ run }) => run),
    all,
    columns,
  );
  const runs = entries.map((entry, i) => ({
    entry,
    name: names[i] ?? entry.run,
    params: all[i] ?? new Map(),
    summary: summaries.get(entry.run) ?? null,
  }));
  return { runs, columns, shared: sharedParts(entries.map(({ run }) => run)).join(", ") };
}

const RATE = /(^|[._/])(lr|eta|learning_?rate)$/i;
const REPEAT = /(^|[._/])(seed|trial|repeat|fold|id)$/i;

/** Those that differ; rates first, then what most runs say; last what only numbers repetitions. */
function columnsOf(all: readonly Params[]): string[] {
  const names = [...new Set(all.flatMap((params) => [...params.keys()]))];
  const told = names.map((name) => {
    const values = all.flatMap((params) => params.get(name) ?? []);
    // A text of each run's own is but another name of it.
    const isName = values.length > 2 && new Set(values.map(String)).size === values.length;
    const isText = values.some((value) => typeof value === "string");
    const rank = RATE.test(name) ? 0 : REPEAT.test(name) || (isName && isText) ? 2 : 1;
    return { name, rank, runs: values.length };
  });
  return told
    .filter(({ name }) => new Set(all.map((params) => params.get(name))).size > 1)
    .sort((a, b) => a.rank - b.rank || b.runs - a.runs)
    .slice(0, MOST_COLUMNS)
    .map(({ name }) => name);
}

/** The parts that are in every name, of which there are several. */
function sharedParts(runs: readonly string[]): string[] {
  const [first = "", ...others] = runs;
  if (others.length === 0) return [];
  const parts = others.map((run) => new Set(run.split(BETWEEN)));
  const wanted = first.split(BETWEEN).filter((part, i) => i % 2 === 0 && part !== "");
  return wanted.filter((part) => parts.every((each) => each.has(part)));
}

/** A name without some of its parts; the word before a number stays with it. */
function withoutParts(run: string, isLeftOut: (part: string) => boolean): string {
  const parts = run.split(BETWEEN);
  const kept = parts.flatMap((part, i) => {
    if (i % 2 === 1) return [];
    const isAlone = !/^\d/.test(parts[i + 2] ?? "") || paramOf(part) !== null;
    return part === "" || (isAlone && isLeftOut(part)) ? [] : [(parts[i - 1] ?? "") + part];
  });
  return kept.join("").replace(/^[/,;\s]+/, "");
}

/** What each name says that not all say; the whole name where nothing is left, or others say it. */
export function shortNames(runs: readonly string[]): ReadonlyMap<string, string> {
  const names = namesBeside(runs, [], []);
  return new Map(runs.map((run, i) => [run, names[i] ?? run]));
}

/** The same beside columns: empty where these tell all runs apart, and each has the first one. */
function namesBeside(
  runs: readonly string[],
  all: readonly Params[],
  columns: readonly string[],
): string[] {
  const shared = new Set(sharedParts(runs));
  const stands = (part: string, params: Params | undefined) => {
    const [name, value] = paramOf(part) ?? [];
    return name !== undefined && columns.includes(name) && params?.get(name) === value;
  };
  const short = runs.map((run, i) =>
    withoutParts(run, (part) => shared.has(part) || stands(part, all[i])),
  );
  const told = short.map((name, i) =>
    JSON.stringify([name, ...columns.map((column) => all[i]?.get(column) ?? null)]),
  );
  const counts = new Map<string, number>();
  for (const each of told) counts.set(each, (counts.get(each) ?? 0) + 1);
  const isOnly = (i: number) => counts.get(told[i] ?? "") === 1;
  const [lead = ""] = columns;
  if (runs.every((_, i) => short[i] === "" && isOnly(i) && all[i]?.has(lead))) return short;
  return runs.map((run, i) => (short[i] && isOnly(i) ? short[i] : run));
}

export interface RunSort {
  /** One of these words, or a hyper-parameter as `paramColumn` writes it. */
  column: string;
  descending: boolean;
}

const PARAM = "param-";

/** Hyper-parameters may be called `name` or `state`, too. */
export const paramColumn = (name: string): string => PARAM + name;

const collator = new Intl.Collator(undefined, { numeric: true });

/** By state (most serious first), median movement, a hyper-parameter, or name. */
export function sortRuns(runs: readonly ListedRun[], { column, descending }: RunSort): ListedRun[] {
  const sign = descending ? -1 : 1;
  const by = (run: ListedRun): Param | null => {
    if (column === "state") return run.summary ? STATES.indexOf(run.summary.state) : null;
    if (column === "median") return run.summary?.median ?? null;
    if (column === "name") return run.entry.run;
    return run.params.get(column.slice(PARAM.length)) ?? null;
  };
  return [...runs].sort((a, b) => {
    const [one, other] = [by(a), by(b)];
    if (one === null || other === null) return Number(one === null) - Number(other === null);
    if (typeof one === "number" && typeof other === "number") return sign * (one - other);
    return sign * collator.compare(String(one), String(other));
  });
}
