import type {
  MaybeScaleKind,
  Onset,
  Role,
  ScaleKind,
  Sense,
  State,
  Thresholds,
  Verdict,
} from "../api/replies";
import { formatNumber, formatShare } from "./numbers";

/** The words the page uses; the same as in the API, in the code and in the documentation. */

const ROLE_GROUPS: Record<Role, string> = {
  weight: "Weights",
  bias: "Biases",
  norm: "Norm",
  embedding: "Embeddings",
  lora_a: "LoRA A",
  lora_b: "LoRA B",
  statistic: "Statistics",
  optimizer: "Optimizer",
  gradient: "Gradients",
  activation: "Activations",
  other: "Other",
};

export const ROLES = Object.keys(ROLE_GROUPS) as readonly Role[];

/** What training is there to move: the same elements from step to step, with nothing else's values. */
export const PARAMETERS: ReadonlySet<Role> = new Set(ROLES.slice(0, ROLES.indexOf("statistic")));

export function roleGroup(role: Role): string {
  return ROLE_GROUPS[role] ?? role;
}

/** The role of one tensor, as a word in a line. */
export function roleWord(role: Role): string {
  return role.startsWith("lora") ? roleGroup(role) : role;
}

/** What stands before a movement, and what it says. */
export const MARKS: Partial<Record<Sense, { mark: string; word: string; meaning: string }>> = {
  exact: { mark: "=", word: "exact", meaning: "recorded, or told by exact sums" },
  at_least: {
    mark: "≥",
    word: "at least",
    meaning: "moves up and down cancel in a histogram",
  },
  at_most: {
    mark: "≤",
    word: "at most",
    meaning: "its buckets are too wide to tell more",
  },
};

const STATE_WORDS: Record<State, string> = {
  broke: "Broke",
  still: "Still",
  partly_still: "Partly still",
  barely: "Barely",
  moving: "Moving",
  unknown: "Unknown",
  measuring: "Measuring",
};

/** The answer for a run in a word. */
export function stateWord(state: State): string {
  return STATE_WORDS[state] ?? state;
}

const EVENT_WORDS: Partial<Record<Onset["what"] | "last_good", string>> = {
  last_good: "last good",
  non_finite: "first NaN",
  exploding: "first exploding",
  collapsed: "first collapsed",
};

/** What happened to a run at a step. */
export function eventWord(what: Onset["what"] | "last_good"): string {
  return EVENT_WORDS[what] ?? what.replaceAll("_", " ");
}

const VERDICT_WORDS: Partial<Record<Verdict, string>> = {
  non_finite: "NaN or Inf",
  single_step: "one step only",
};

/** Most serious first. */
const VERDICT_MEANINGS: Record<Verdict, (limits: Thresholds) => string> = {
  no_data: () => "No histogram of this tensor could be used.",
  non_finite: () => "The values hold NaN or infinity at some step.",
  exploding: ({ exploding }) =>
    `Its spread or largest value is at least ${formatNumber(exploding)} times an ordinary start, and it has not settled.`,
  collapsed: ({ collapsed }) =>
    `Spread and largest value shrank to ${formatShare(collapsed)} of the baseline's or less.`,
  single_step: () => "Only one step was kept: there is nothing to compare.",
  unchanged: () =>
    "Every kept histogram is identical to the baseline, or exact records say that no weight changed.",
  unresolved: () =>
    "It changed, but its buckets are too wide to tell how far: only bounds are known.",
  barely_moved: ({ moved }) => `It moved by less than ${formatShare(moved)}.`,
  moved: ({ moved, moved_far }) =>
    `It moved by ${formatShare(moved)} to ${formatShare(moved_far)}.`,
  moved_far: ({ moved_far }) => `It moved by ${formatShare(moved_far)} or more.`,
};

export const VERDICTS = Object.keys(VERDICT_MEANINGS) as readonly Verdict[];

export function verdictWord(verdict: Verdict): string {
  return VERDICT_WORDS[verdict] ?? verdict.replaceAll("_", " ");
}

/** What a verdict says, with the limits that hold in this TensorBoard. */
export function verdictMeaning(verdict: Verdict, limits: Thresholds): string {
  return VERDICT_MEANINGS[verdict]?.(limits) ?? "";
}

export function flagWord(flag: string): string {
  return flag.replaceAll("_", " ");
}

/** What movements are divided by, to be relative; nothing where every value started at 0. */
const SCALES: Record<ScaleKind, string | null> = {
  std: "spread",
  constant: "value",
  rms: "RMS",
  none: null,
};

/** Beside a percentage: `spread`, of which it is one. */
export function scaleName(kind: MaybeScaleKind): string | null {
  return SCALES[kind ?? "none"] ?? null;
}

/** Of an axis or a column: `% of spread`. */
export function relativeUnit(kind: MaybeScaleKind): string | null {
  const name = scaleName(kind);
  return name && `% of ${name}`;
}

export const OWN_UNIT = "the tensor's own unit";
/** Of lists of runs. */
export const howToCompare = (most: number) =>
  `Click a run to show it. Tick boxes to compare up to ${most}.`;

export const STEP_LABEL = "training step";

/** The name of a quantile line: min, 6.7 %, 16 %, 31 %, median, 69 %, 84 %, 93 %, max. */
export function bandName(basisPoints: number): string {
  if (basisPoints === 0) return "min";
  if (basisPoints === 5000) return "median";
  if (basisPoints === 10000) return "max";
  return `${Number((basisPoints / 100).toPrecision(2))} %`;
}
