import { signal } from "@preact/signals";
import type { Api } from "../src/api/client";
import type {
  ExactRecord,
  ExactSteps,
  HistogramReply,
  OverviewColumns,
  OverviewReply,
  RunsReply,
  ScaleKind,
  SeriesReply,
  Shown,
  ShownSteps,
  Verdict,
} from "../src/api/replies";
import type { Host, Theme } from "../src/host/tensorboard";
import { HISTOGRAM, OVERVIEW, RUNS, recordedSeries, WORDS } from "./recorded";

/** A tensor as a test wants it; all else in a reply is as the server gave it for one that moved. */
export interface Tensor {
  tag: string;
  role?: SeriesReply["role"];
  verdict?: Verdict;
  scaleKind?: ScaleKind;
  movement?: number | null;
  relative?: number | null;
  resolution?: number;
  steps?: readonly number[];
  flags?: Record<string, string>;
  exact?: ExactRecord;
}

/** The overview's entries of one tensor. */
type Line = { [Name in keyof OverviewColumns]: OverviewColumns[Name][number] };

const NAMES = Object.keys(OVERVIEW.columns) as (keyof OverviewColumns)[];

function recordedLine(tag: string): Line {
  const at = OVERVIEW.columns.tag.indexOf(tag);
  return Object.fromEntries(NAMES.map((name) => [name, OVERVIEW.columns[name][at]])) as Line;
}

const MOVED = recordedLine("conv/kernel");
const RECORDED = recordedLine("recorded/kernel").exact as ExactRecord;

/** An exact record that leads: of weights that moved `relative` of a spread of 0.1 on average. */
export function exactRecord(relative: number, leads = true): ExactRecord {
  const mean_abs = relative * 0.1;
  return {
    ...RECORDED,
    step: 400,
    mean_abs,
    rms: 1.25 * mean_abs,
    max_abs: 4 * mean_abs,
    relative: 1.25 * relative,
    cosine: 0.99,
    update_ratio: 0.0003,
    relative_movement: relative,
    scale: 0.1,
    leads,
  };
}

export const THRESHOLDS = WORDS.thresholds;

export const BASIS_POINTS = recordedSeries("conv/kernel").basis_points;

export function runsReply(...names: string[]): RunsReply {
  const [entry] = RUNS.runs;
  const runs = names.map((run, i) => ({
    ...(entry as RunsReply["runs"][0]),
    run,
    series: 3,
    last_step: 400,
    last_wall_time: i,
  }));
  return { ...RUNS, runs };
}

export function overviewReply(run: string, tensors: readonly Tensor[]): OverviewReply {
  const lines = tensors.map((tensor) => lineOf(tensor));
  const columns = Object.fromEntries(NAMES.map((name) => [name, lines.map((line) => line[name])]));
  const subject = tensors.find(({ role = "weight" }) => role === "weight") ?? tensors[0];
  return {
    ...OVERVIEW,
    run,
    headline: {
      ...OVERVIEW.headline,
      subject: subject ? { tag: subject.tag, step: 400 } : null,
    },
    counts: { moved: tensors.length },
    columns: columns as unknown as OverviewColumns,
    sparkline: {
      measure: "movement",
      steps: tensors.map(({ steps = STEPS }) => [...steps]),
      values: tensors.map(({ steps = STEPS }) => steps.map((_, i) => i * 0.0005)),
    },
    measured: tensors.length,
    of: tensors.length,
    left_out: [],
  };
}

const STEPS = [0, 200, 400];

function lineOf(tensor: Tensor): Line {
  const { tag, role, verdict, scaleKind, flags = {}, exact, steps = STEPS } = tensor;
  const { movement = 0.001, relative = 0.01, resolution = 0 } = tensor;
  const scale = scaleKind === "none" ? null : 0.1;
  const isBounded = movement !== null && movement > 0 && movement < resolution;
  const histograms: Shown = {
    sense: isBounded ? "between" : scaleKind === "constant" ? "about" : "at_least",
    basis: isBounded ? "bounds" : "histogram",
    movement,
    lower: movement && movement / 10,
    upper: movement && movement * 2,
    relative_movement: relative,
    scale,
    scale_kind: scaleKind ?? MOVED.scale_kind ?? "std",
  };
  return {
    ...MOVED,
    tag,
    role: role ?? MOVED.role,
    verdict: verdict ?? MOVED.verdict,
    flags: Object.keys(flags),
    evidence: { ...MOVED.evidence, value: 0.02, flags },
    sentence: MOVED.sentence.replaceAll(MOVED.tag, tag),
    elements: 16,
    first_step: steps[0] ?? null,
    last_step: steps.at(-1) ?? null,
    kept_steps: steps.length,
    scale,
    scale_kind: histograms.scale_kind,
    shown: exact?.leads ? shownRecord(exact) : movement === null ? null : histograms,
    movement,
    movement_lower: histograms.lower,
    movement_upper: histograms.upper,
    resolution,
    relative_movement: relative,
    shape_change: movement && movement / 2,
    implied_drift: 0.003,
    exact: exact ?? null,
  };
}

function shownRecord({ mean_abs, relative_movement, scale, scale_kind }: ExactRecord): Shown {
  const all = { movement: mean_abs, lower: mean_abs, upper: mean_abs };
  return { basis: "records", sense: "exact", ...all, relative_movement, scale, scale_kind };
}

const MULTIPLES = [-3, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 3];

/**
 * A tensor of spread `scale` whose every quantile rises by `shift` per step index; its upper bound
 * lies `slack` above its movement, its lower bound as far below.
 */
export function seriesReply(
  run: string,
  tag: string,
  {
    steps = [0, 200, 400],
    scale = 0.1,
    shift = 0.0005,
    verdict = "moved" as Verdict,
    slack = 0,
    resolution = 0,
  } = {},
): SeriesReply {
  const at = <T>(value: (i: number) => T) => steps.map((_, i) => value(i));
  return {
    ...recordedSeries("conv/kernel"),
    run,
    tag,
    verdict,
    elements: 16,
    baseline_run: run,
    baseline_step: steps[0] ?? null,
    scale,
    baseline_bands: MULTIPLES.map((multiple) => multiple * scale),
    steps,
    wall_times: at((i) => i),
    movement: at((i) => i * shift),
    movement_lower: at((i) => Math.max(0, i * shift - slack)),
    movement_upper: at((i) => i * shift + slack),
    resolution: at(() => resolution),
    relative_movement: at((i) => (i * shift) / scale),
    median_shift: at((i) => i * shift),
    spread_ratio: at(() => 1),
    min_shift: at((i) => i * shift),
    max_shift: at((i) => i * shift),
    shape_change: at(() => 0),
    implied_drift: at(() => 0),
    speed: at((i) => (i ? shift / 200 : null)),
    bands: MULTIPLES.map((multiple) => at((i) => multiple * scale + i * shift)),
    delta_bands: MULTIPLES.map(() => at((i) => i * shift)),
  };
}

/** Records of weights that move `shift` further on average with each record. */
export function exactSteps(steps: number[], shift: number, leads = true): ExactSteps {
  const at = (times: number) => steps.map((_, i) => times * i * shift);
  return {
    ...(recordedSeries("recorded/kernel").exact as ExactSteps),
    leads,
    scale: 0.1,
    baseline_step: steps[0] ?? 0,
    steps,
    wall_times: steps.map((_, i) => i),
    mean_abs: at(1),
    rms: at(1.25),
    max_abs: at(4),
    relative: at(12.5),
    cosine: steps.map(() => 0.99),
    fraction_changed: steps.map((_, i) => (i ? 1 : 0)),
    update_ratio: steps.map((_, i) => (i ? 0.0003 : null)),
    change_bands: MULTIPLES.map(at),
  };
}

/** The series with these records, which are shown where they lead. */
export function withRecords(series: SeriesReply, exact: ExactSteps): SeriesReply {
  const { steps, wall_times, mean_abs, scale, scale_kind } = exact;
  const records: ShownSteps = {
    basis: steps.map(() => "records"),
    ...{ steps, wall_times, scale, scale_kind },
    ...{ movement: mean_abs, lower: mean_abs, upper: mean_abs },
    relative_movement: mean_abs.map((value) => value && value / (scale ?? Number.NaN)),
  };
  return { ...series, exact, shown: exact.leads ? records : series.shown };
}

export function histogramReply(run: string, tag: string, step: number): HistogramReply {
  const before = HISTOGRAM.baseline as NonNullable<HistogramReply["baseline"]>;
  const baseline = { ...before, run, step: 0, edges: [0.1, 0.1], counts: [16] };
  return { ...HISTOGRAM, run, tag, step, edges: [0.09, 0.1, 0.12], counts: [7, 9], baseline };
}

/** One call of a fake server, answered when the test says so. */
export interface Call {
  route: string;
  aborted: () => boolean;
  answer: (reply: unknown) => Promise<void>;
  /** A part of the reply comes before it. */
  show: (part: unknown) => void;
  fail: (error: Error) => Promise<void>;
}

/** A server whose replies come in whatever order a test wants. */
export function fakeServer(): { api: Api; calls: Call[]; call: (route: string) => Call } {
  const calls: Call[] = [];
  const ask = <T>(route: string, signal: AbortSignal, show?: (part: T) => void) =>
    new Promise<T>((resolve, reject) => {
      const settle = (act: () => void) => {
        act();
        return new Promise<void>((done) => setTimeout(done, 0));
      };
      calls.push({
        route,
        aborted: () => signal.aborted,
        show: (part) => show?.(part as T),
        answer: (reply) => settle(() => resolve(reply as T)),
        fail: (error) => settle(() => reject(error)),
      });
    });
  const api: Api = {
    runs: (signal) => ask("runs", signal),
    overview: (run, signal, against, show) =>
      ask(`overview ${run}${against?.until ? ` until ${against.until}` : ""}`, signal, show),
    series: (run, tag, signal) => ask(`series ${run} ${tag}`, signal),
    histogram: (run, tag, step, signal) => ask(`histogram ${run} ${tag} ${step}`, signal),
    scalars: (run, tag, signal) => ask(`scalars ${run}${tag === null ? "" : ` ${tag}`}`, signal),
  };
  const call = (route: string) => {
    const found = calls.findLast((each) => each.route === route);
    if (!found) throw new Error(`No call of ${route}, only ${calls.map((c) => c.route)}`);
    return found;
  };
  return { api, calls, call };
}

export interface FakeHost extends Host {
  reload: () => void;
  link: Record<string, string>;
  visible: boolean;
  /** Another address, and its event. */
  edit(link: Record<string, string>): void;
}

export function fakeHost(link: Record<string, string> = {}): FakeHost {
  let reload = () => {};
  let linkChanged = () => {};
  const host: FakeHost = {
    theme: signal<Theme>("light"),
    link,
    visible: true,
    reload: () => reload(),
    edit: (edited) => {
      host.link = edited;
      linkChanged();
    },
    onReload: (listener) => {
      reload = listener;
    },
    isVisible: () => host.visible,
    readLink: () => host.link,
    writeLink: (values) => {
      host.link = values;
    },
    addressOf: (values) => `#${new URLSearchParams(values)}`,
    onLinkChange: (listener) => {
      linkChanged = listener;
    },
  };
  return host;
}
