import { formatCount } from "./format";

export type BaselineKind = "first" | "previous" | "step" | "run";

/** A baseline as the API writes it, taken apart. */
export interface BaselineChoice {
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

/** In a word or two, for a button. */
export function baselineName(baseline: string): string {
  const { kind, step, run } = readBaseline(baseline);
  if (kind === "step") return `step ${formatCount(step)}`;
  if (kind === "run") return run ?? "";
  return kind === "previous" ? "previous step" : "first step";
}
