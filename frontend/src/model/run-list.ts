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

const number = (text: string): Param =>
  text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;

/** Hyper-parameters as names write them: `lr=0.01`, `lr-1e-2`, `seed_3`. */
export function paramsInName(run: string): Record<string, Param> {
  const found: Record<string, Param> = {};
  for (const part of run.split(/[/,;\s]+/)) {
    const [, name, value] =
      /^([a-z][\w.]*?)=(.+)$/i.exec(part) ?? /^([a-z]+)[-_](\d[\d.e+-]*)$/i.exec(part) ?? [];
    if (name !== undefined && value !== undefined) found[name] = number(value);
  }
  return found;
}

/** One run of the list: what tells it from the others, and what was measured of it. */
export interface ListedRun {
  entry: RunEntry;
  /** Its name without what stands in columns, and what all names share. */
  name: string;
  params: Record<string, Param>;
  summary: RunSummary | null;
}

export interface RunList {
  runs: ListedRun[];
  /** The hyper-parameters that are not the same in all runs. */
  columns: string[];
}

const MOST_COLUMNS = 8;

export function listRuns(
  entries: readonly RunEntry[],
  summaries: ReadonlyMap<string, RunSummary>,
): RunList {
  const all = entries.map((entry) => ({ ...paramsInName(entry.run), ...entry.hparams }));
  const names = [...new Set(all.flatMap((params) => Object.keys(params)))];
  const columns = names
    .filter((name) => new Set(all.map((params) => params[name])).size > 1)
    .slice(0, MOST_COLUMNS);
  const bare = entries.map(({ run }) => withoutParams(run));
  const runs = entries.map((entry, i) => ({
    entry,
    name: nameOf(entry.run, bare, columnsOf(all[i] ?? {}, columns), i),
    params: all[i] ?? {},
    summary: summaries.get(entry.run) ?? null,
  }));
  return { runs, columns };
}

/** Of a run that its name alone does not tell from others: what does. */
function columnsOf(params: Record<string, Param>, columns: readonly string[]): string {
  const told = columns.filter((name) => params[name] !== undefined);
  return told.map((name) => `${name}=${params[name]}`).join(", ");
}

/** Parts of a name that stand in columns are not said again. */
function withoutParams(run: string): string {
  const parts = run.split(/([/,;\s]+)/);
  const kept = parts.filter(
    (part, i) => i % 2 === 1 || Object.keys(paramsInName(part)).length === 0,
  );
  return kept.join("").replace(/^[/,;\s]+|[/,;\s]+$/g, "");
}

const SHORT = 24;

/** A short name as it is; of a long one what no column says, or where that is no name, what they say. */
function nameOf(run: string, bare: readonly string[], said: string, i: number): string {
  if (run.length <= SHORT) return run;
  const own = bare[i] ?? "";
  const isOnly = own !== "" && bare.filter((each) => each === own).length === 1;
  return isOnly ? own : said || run;
}

export interface RunSort {
  column: string;
  descending: boolean;
}

const collator = new Intl.Collator(undefined, { numeric: true });

/** By state (most serious first), median movement, a hyper-parameter, or name. */
export function sortRuns(runs: readonly ListedRun[], { column, descending }: RunSort): ListedRun[] {
  const sign = descending ? -1 : 1;
  const by = (run: ListedRun): Param | null => {
    if (column === "state") return run.summary ? STATES.indexOf(run.summary.state) : null;
    if (column === "median") return run.summary?.median ?? null;
    if (column === "name") return run.entry.run;
    return run.params[column] ?? null;
  };
  return [...runs].sort((a, b) => {
    const [one, other] = [by(a), by(b)];
    if (one === null || other === null) return Number(one === null) - Number(other === null);
    if (typeof one === "number" && typeof other === "number") return sign * (one - other);
    return sign * collator.compare(String(one), String(other));
  });
}
