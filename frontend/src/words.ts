import type { MaybeNumber, Role, ScaleKind, Verdict } from "./replies";

/** The words the page uses; the same as in the API, in the code and in the documentation. */

export const ROLES: readonly Role[] = [
  "weight",
  "bias",
  "norm",
  "embedding",
  "gradient",
  "activation",
  "other",
];

const ROLE_GROUPS: Record<Role, string> = {
  weight: "Weights",
  bias: "Biases",
  norm: "Norm",
  embedding: "Embeddings",
  gradient: "Gradients",
  activation: "Activations",
  other: "Other",
};

export function roleGroup(role: Role): string {
  return ROLE_GROUPS[role] ?? role;
}

/** Most serious first. */
export const VERDICTS: readonly Verdict[] = [
  "no_data",
  "non_finite",
  "exploding",
  "collapsed",
  "single_step",
  "unchanged",
  "unresolved",
  "barely_moved",
  "moved",
  "moved_far",
];

const VERDICT_WORDS: Partial<Record<Verdict, string>> = {
  non_finite: "NaN or Inf",
  single_step: "one step only",
};

const VERDICT_MEANINGS: Record<Verdict, string> = {
  no_data: "No histogram of this tensor could be used.",
  non_finite: "The values hold NaN or infinity at some step.",
  exploding: "The spread or the largest value grew to 10 times the baseline or more.",
  collapsed: "The spread shrank to a tenth of the baseline or less.",
  single_step: "Only one step was kept: there is nothing to compare.",
  unchanged: "Every kept histogram is identical to the baseline.",
  unresolved: "It changed by less than its histogram buckets can resolve.",
  barely_moved: "The distribution moved by less than 1 %.",
  moved: "The distribution moved by 1 to 10 %.",
  moved_far: "The distribution moved by 10 % or more.",
};

export function verdictWord(verdict: Verdict): string {
  return VERDICT_WORDS[verdict] ?? verdict.replaceAll("_", " ");
}

export function verdictMeaning(verdict: Verdict): string {
  return VERDICT_MEANINGS[verdict] ?? "";
}

export function flagWord(flag: string): string {
  return flag.replaceAll("_", " ");
}

/** What a relative movement is a percentage of; none when every value started at 0. */
export function relativeUnit(kind: ScaleKind): string | null {
  if (kind === "std") return "% of initial spread";
  if (kind === "constant") return "% of initial value";
  return null;
}

export const OWN_UNIT = "the tensor's own unit";
export const STEP_LABEL = "training step";

/** The name of a quantile line: min, 6.7 %, 16 %, 31 %, median, 69 %, 84 %, 93 %, max. */
export function bandName(basisPoints: number): string {
  if (basisPoints === 0) return "min";
  if (basisPoints === 5000) return "median";
  if (basisPoints === 10000) return "max";
  return `${Number((basisPoints / 100).toPrecision(2))} %`;
}

export function baselineText(baseline: string, steps: readonly MaybeNumber[]): string {
  const known = steps.filter((step): step is number => step !== null);
  if (known.length === 0) return "baseline: none";
  const first = Math.min(...known);
  const last = Math.max(...known);
  if (baseline !== "first") return `baseline: ${baseline}`;
  if (first === last) return `baseline: step ${first}, the first kept`;
  return `baseline: each tensor's first kept step (${first} to ${last})`;
}
