/** The replies of the HTTP API, word for word as in tb_plugin_weightdelta/http_api.md. */

export type Role =
  | "weight"
  | "bias"
  | "norm"
  | "embedding"
  | "lora_a"
  | "lora_b"
  | "statistic"
  | "optimizer"
  | "gradient"
  | "activation"
  | "other";

export type Verdict =
  | "no_data"
  | "non_finite"
  | "exploding"
  | "collapsed"
  | "single_step"
  | "unchanged"
  | "unresolved"
  | "barely_moved"
  | "moved"
  | "moved_far";

export type ScaleKind = "std" | "constant" | "rms" | "none";
/** None where nothing was compared. */
export type MaybeScaleKind = ScaleKind | null;

export type MaybeNumber = number | null;

export interface RunEntry {
  run: string;
  series: number;
  /** How far TensorBoard has read. */
  last_step: MaybeNumber;
  last_wall_time: MaybeNumber;
  /** Of a run that was measured as it is now; else null. */
  state: State | null;
  median_movement: MaybeNumber;
  hparams: Record<string, string | number | boolean>;
  /** How many tensors of the run that was asked about it has; null where none was. */
  shared: MaybeNumber;
}

export interface RunsReply {
  version: string;
  /** What cannot be told because the event files are not reached; null where they are. */
  without_files: string | null;
  /** Why there are no runs, and what to do; null where there are some. */
  nothing: string | null;
  /** Runs that hold histograms and are not among those below. */
  left_out: { run: string; reason: string }[];
  runs: RunEntry[];
}

/** What a verdict rests on: the rule in words, its two sides, and each flag's reason by name. */
export interface Evidence {
  rule: string;
  threshold: MaybeNumber;
  value: MaybeNumber;
  /** What both sides are: a fraction of the scale, how many times, the tensor's own unit, a step. */
  unit: "share" | "times" | "own" | "step" | null;
  /** Why it stands still, as exact records saw it. */
  cause: string | null;
  flags: Record<string, string>;
}

/** What a table shows over steps. */
export const MEASURES = [
  ...(["movement", "estimate", "speed", "spread_ratio", "norm"] as const),
  ...(["update_ratio", "fraction_changed"] as const),
] as const;

export type Measure = (typeof MEASURES)[number];

/** What has one value per step: of the last step for each series, or of one series for each step. */
export const METRICS = [
  ...(["movement", "movement_lower", "movement_upper", "resolution", "relative_movement"] as const),
  ...(["median_shift", "spread_ratio", "min_shift", "max_shift", "shape_change"] as const),
  ...(["implied_drift", "rms", "rms_lower", "speed"] as const),
] as const;

type Metrics = Record<(typeof METRICS)[number], MaybeNumber[]>;

/** What the recorder measured weight by weight; names as in http_api.md. */
export const EXACT_FIGURES = [
  ...(["mean_abs", "rms", "max_abs", "relative", "cosine"] as const),
  ...(["fraction_changed", "update_ratio"] as const),
] as const;

export type ExactFigure = (typeof EXACT_FIGURES)[number];

/** What a movement rests on; the surest first. */
export type Basis = "records" | "moments" | "histogram" | "bounds";

/** How a movement is meant; `at_least`: single values moved at least as far. */
export type Sense = "exact" | "at_least" | "between" | "at_most" | "about";

/**
 * How far a tensor moved, as surely as is known; with basis `bounds` only those say something. With
 * `moments` the movement is the root mean square, and the mean is between the bounds.
 */
export interface Shown {
  basis: Basis;
  sense: Sense;
  movement: MaybeNumber;
  lower: MaybeNumber;
  upper: MaybeNumber;
  relative_movement: MaybeNumber;
  scale: MaybeNumber;
  scale_kind: ScaleKind;
}

/** The same step by step, at the steps of what it rests on. */
export interface ShownSteps
  extends Pick<Shown, "scale" | "scale_kind">,
    Record<"wall_times" | "movement" | "lower" | "upper" | "relative_movement", MaybeNumber[]> {
  basis: Basis[];
  steps: number[];
}

export const ESTIMATE_FIGURES = ["mean_abs", "lower", "upper", "rms"] as const;

type EstimateFigure = (typeof ESTIMATE_FIGURES)[number];

/** From sums (exact, or bounds), or estimated from what a start with a spread became. */
type EstimateMethod = "moments" | "smear" | "widening";

/** How far single values moved: their mean, which was within lower and upper, and its rms. */
export interface Estimate extends Record<EstimateFigure, MaybeNumber> {
  method: EstimateMethod;
}

/** The same by steps of the histograms. */
export interface EstimateSteps extends Record<EstimateFigure, MaybeNumber[]> {
  method: (EstimateMethod | null)[];
}

/** The number format of values; unknown where too few different extremes are known. */
type Precision = "float32" | "bfloat16" | "float16" | "unknown";

/** The last exact record of a series. */
export interface ExactRecord extends Record<ExactFigure, MaybeNumber> {
  step: number;
  /** mean_abs as a fraction of the scale. */
  relative_movement: MaybeNumber;
  scale: MaybeNumber;
  scale_kind: ScaleKind;
  /** Whether verdict and words rest on the records and not on histograms. */
  leads: boolean;
}

/** The exact records of one series, at steps of their own. */
export interface ExactSteps extends Record<ExactFigure, MaybeNumber[]> {
  leads: boolean;
  scale: MaybeNumber;
  scale_kind: ScaleKind;
  baseline_step: number;
  /** What the quantiles rest on; 0 is all elements. */
  sampled_elements: number;
  steps: number[];
  wall_times: MaybeNumber[];
  /** Quantiles of the change of each weight, one list for each basis point. */
  change_bands: MaybeNumber[][];
}

/** What a movement from 0 may be set against: a scale of its layer's, or its own largest value. */
export interface StandIn {
  tag: string | null;
  scale: MaybeNumber;
}

type WholeNumbers =
  | ("elements" | "first_step" | "last_step" | "kept_steps" | "moved_step" | "baseline_step")
  | "non_finite_step";

/** One array per column; the i-th entry of each belongs to the same series. */
export interface OverviewColumns extends Metrics, Record<WholeNumbers, MaybeNumber[]> {
  tag: string[];
  role: Role[];
  verdict: Verdict[];
  flags: string[][];
  evidence: Evidence[];
  sentence: string[];
  scale: MaybeNumber[];
  scale_kind: MaybeScaleKind[];
  stored_as: Precision[];
  stand_in: (StandIn | null)[];
  shown: (Shown | null)[];
  estimate: (Estimate | null)[];
  exact: (ExactRecord | null)[];
}

export interface LeftOut {
  tag?: string;
  step: MaybeNumber;
  reason: string;
}

/** Where one verdict ends and the next begins. */
export interface Thresholds {
  moved: number;
  moved_far: number;
  exploding: number;
  collapsed: number;
}

/** The answer for a run, most serious first; measuring while parts are missing. */
export const STATES = [
  ...(["broke", "still", "partly_still", "barely", "moving", "unknown", "measuring"] as const),
] as const;

export type State = (typeof STATES)[number];

/** When a tensor broke, stopped, or that it never moved: the first kept step of which it is true. */
export interface Onset {
  tag: string;
  what: Verdict | "stopped";
  step: number;
  last_good_step: MaybeNumber;
}

export interface HeadlineReply {
  state: State;
  /** One line of at most 90 characters; `detail` is for those who ask why. */
  sentence: string;
  detail: string;
  /** The tensor and step that it speaks of, or that show best what it says. */
  subject: { tag: string; step: MaybeNumber } | null;
  /** Of the weights, as fractions of their scales. */
  median_movement: MaybeNumber;
  /** The first of them, and all in the order in which tensors were hit. */
  onset: (Omit<Onset, "tag"> & { order: Onset[] }) | null;
}

export interface OverviewReply {
  run: string;
  baseline: string;
  /** The step up to which alone the run was measured; null for all of it. */
  until: MaybeNumber;
  thresholds: Thresholds;
  headline: HeadlineReply;
  counts: Partial<Record<Verdict, number>>;
  stored_as: Precision;
  columns: OverviewColumns;
  sparkline: { measure: Measure; steps: MaybeNumber[][]; values: MaybeNumber[][] };
  left_out: LeftOut[];
  /** How many of the run's series are done; all of what is here speaks of those. */
  measured: number;
  of: number;
  complete: boolean;
}

/** T kept steps; bands and delta_bands hold one list of T values for each basis point. */
export interface SeriesReply extends Metrics {
  run: string;
  tag: string;
  role: Role;
  verdict: Verdict;
  flags: string[];
  evidence: Evidence;
  sentence: string;
  description: string;
  elements: MaybeNumber;
  stored_as: Precision;
  baseline: string;
  /** Null where nothing could be compared. */
  baseline_run: string | null;
  baseline_step: MaybeNumber;
  scale: MaybeNumber;
  scale_kind: MaybeScaleKind;
  basis_points: number[];
  baseline_bands: MaybeNumber[];
  steps: number[];
  wall_times: MaybeNumber[];
  bands: MaybeNumber[][];
  delta_bands: MaybeNumber[][];
  shown: ShownSteps | null;
  /** Null where no step tells it, or exact records do. */
  estimate: EstimateSteps | null;
  exact: ExactSteps | null;
  left_out: LeftOut[];
  /** Whether the run's files have been looked through for what is known of each step. */
  complete: boolean;
}

export interface Buckets {
  edges: number[];
  counts: number[];
}

export interface HistogramReply extends Buckets {
  run: string;
  tag: string;
  step: number;
  wall_time: MaybeNumber;
  /** None where the baseline's run does not have this tensor. */
  baseline: (Buckets & { run: string; step: number; wall_time: MaybeNumber }) | null;
}

/** Which scalars a run has, and one of them over steps. */
export interface ScalarsReply {
  run: string;
  tags: string[];
  /** Null where there are none. */
  tag: string | null;
  steps: number[];
  wall_times: MaybeNumber[];
  values: MaybeNumber[];
}
