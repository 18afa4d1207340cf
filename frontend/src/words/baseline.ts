import type { MaybeNumber } from "../api/replies";
import { shownName } from "./names";
import { formatCount } from "./numbers";

export type BaselineKind = "first" | "previous" | "step" | "run";

/** A baseline as the API writes it, taken apart. */
interface BaselineChoice {
  kind: BaselineKind;
  step: number | null;
  run: string | null;
}

export function readBaseline(baseline: string): BaselineChoice {
  if (baseline.startsWith("step:"))
    return { kind: "step", step: Number(baseline.slice(5)), run: null };
  if (baseline.startsWith("run:")) return { kind: "run", step: null, run: baseline.slice(4) };
  return { kind: baseline === "previous" ? "previous" : "first", step: null, run: null };
}

/** Whether each tensor is compared with one step of its own, at which it cannot have moved. */
export function isOwnStep(baseline: string): boolean {
  const { kind } = readBaseline(baseline);
  return kind === "first" || kind === "step";
}

/** In a word or two, for a button. */
export function baselineName(baseline: string): string {
  const { kind, step, run } = readBaseline(baseline);
  if (kind === "step") return `step ${formatCount(step)}`;
  if (kind === "run") return shownName(run ?? "");
  return kind === "previous" ? "previous step" : "first step";
}

/** A baseline that may be none of the first logged steps is never called one. */
export function baselineText(
  baseline: string,
  steps: readonly MaybeNumber[],
  sampled: boolean,
): string {
  const known = steps.filter((step): step is number => step !== null);
  if (known.length === 0) return "baseline: none";
  const first = Math.min(...known);
  const last = Math.max(...known);
  if (baseline === "previous") return "baseline: the kept step before each";
  if (baseline.startsWith("run:"))
    return `baseline: the first step of run ${baselineName(baseline)}`;
  if (baseline !== "first")
    return `baseline: ${baselineName(baseline)}, or the kept step before it`;
  if (first === last) return `baseline: step ${formatCount(first)}, ${firstWord(sampled)}`;
  const range = `(${formatCount(first)} to ${formatCount(last)})`;
  if (!sampled) return `baseline: each tensor's first logged step ${range}`;
  return `baseline: each tensor's first kept step ${range} – not always the first logged`;
}

export function firstWord(sampled: boolean): string {
  return sampled ? "the first kept – perhaps not the first logged" : "the first logged";
}
