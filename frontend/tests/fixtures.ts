import { signal } from "@preact/signals";
import type { Api } from "../src/api";
import type { Host, Theme } from "../src/host";
import type {
  ExactRecord,
  ExactSteps,
  HistogramReply,
  OverviewReply,
  RunsReply,
  ScaleKind,
  SeriesReply,
  Verdict,
} from "../src/replies";

/** A tensor as the fixtures know it; all else in a reply follows from these. */
export interface Tensor {
  tag: string;
  role?: SeriesReply["role"];
  verdict?: Verdict;
  scaleKind?: ScaleKind;
  movement?: number | null;
  relative?: number | null;
  resolution?: number;
  flags?: Record<string, string>;
  exact?: ExactRecord;
}

/** An exact record that leads: of weights that moved `relative` of a spread of 0.1 on average. */
export function exactRecord(relative: number, leads = true): ExactRecord {
  const mean_abs = relative * 0.1;
  return {
    step: 400,
    mean_abs,
    rms: 1.25 * mean_abs,
    max_abs: 4 * mean_abs,
    relative: 1.25 * relative,
    cosine: 0.99,
    fraction_changed: 1,
    update_ratio: 0.0003,
    relative_movement: relative,
    scale: 0.1,
    scale_kind: "std",
    leads,
  };
}

const RULE = { rule: "relative movement of at least 0.01", threshold: 0.01, value: 0.02 };
export const THRESHOLDS = { moved: 0.01, moved_far: 0.1, exploding: 10, collapsed: 0.1 };

export const BASIS_POINTS = [0, 668, 1587, 3085, 5000, 6915, 8413, 9332, 10000];

export function runsReply(...names: string[]): RunsReply {
  const runs = names.map((run, i) => ({
    run,
    series: 3,
    last_step: 400,
    last_written_step: 400,
    last_wall_time: i,
  }));
  return { version: "0.1.0", reading: false, without_files: null, runs };
}

export function overviewReply(run: string, tensors: readonly Tensor[]): OverviewReply {
  const each = <T>(value: (tensor: Tensor) => T) => tensors.map(value);
  const nothing = each(() => null);
  return {
    run,
    baseline: "first",
    headline: { sentence: `The weights of ${run} moved.`, detail: "That is a floor." },
    thresholds: THRESHOLDS,
    counts: { moved: tensors.length },
    columns: {
      tag: each(({ tag }) => tag),
      role: each(({ role }) => role ?? "weight"),
      verdict: each(({ verdict }) => verdict ?? "moved"),
      flags: each(({ flags = {} }) => Object.keys(flags)),
      evidence: each(({ flags = {} }) => ({ ...RULE, flags })),
      sentence: each(({ tag }) => `The distribution of ${tag} moved.`),
      elements: each(() => 16),
      first_step: each(() => 0),
      last_step: each(() => 400),
      kept_steps: each(() => 3),
      baseline_step: each(() => 0),
      scale: each(({ scaleKind }) => (scaleKind === "none" ? null : 0.1)),
      scale_kind: each(({ scaleKind }) => scaleKind ?? "std"),
      movement: each(({ movement = 0.001 }) => movement),
      movement_lower: each(({ movement = 0.001 }) => movement && movement / 10),
      movement_upper: each(({ movement = 0.001 }) => movement && movement * 2),
      resolution: each(({ resolution = 0 }) => resolution),
      relative_movement: each(({ relative = 0.01 }) => relative),
      shape_change: each(({ movement = 0.001 }) => movement && movement / 2),
      implied_drift: each(() => 0.003),
      median_shift: nothing,
      spread_ratio: nothing,
      min_shift: nothing,
      max_shift: nothing,
      speed: nothing,
      exact: each(({ exact }) => exact ?? null),
    },
    sparkline: { steps: each(() => [0, 200, 400]), movement: each(() => [0, 0.0005, 0.001]) },
    measured: tensors.length,
    of: tensors.length,
    complete: true,
    left_out: [],
  };
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
    run,
    tag,
    role: "weight",
    verdict,
    flags: [],
    evidence: { ...RULE, flags: {} },
    sentence: `The distribution of ${tag} moved.`,
    description: "",
    elements: 16,
    baseline: "first",
    baseline_run: run,
    baseline_step: steps[0] ?? null,
    scale,
    scale_kind: "std",
    basis_points: BASIS_POINTS,
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
    exact: null,
    left_out: [],
  };
}

/** Records of weights that move `shift` further on average with each record. */
export function exactSteps(steps: number[], shift: number, leads = true): ExactSteps {
  const at = (times: number) => steps.map((_, i) => times * i * shift);
  return {
    leads,
    scale: 0.1,
    scale_kind: "std",
    baseline_step: steps[0] ?? 0,
    sampled_elements: 0,
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

export function histogramReply(run: string, tag: string, step: number): HistogramReply {
  const baseline = { run, step: 0, wall_time: 0, edges: [0.1, 0.1], counts: [16] };
  return { run, tag, step, wall_time: step, edges: [0.09, 0.1, 0.12], counts: [7, 9], baseline };
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
    progress: (run, signal) => ask(`progress ${run}`, signal),
    overview: (run, signal, against, show) =>
      ask(`overview ${run}${against?.until ? ` until ${against.until}` : ""}`, signal, show),
    series: (run, tag, signal) => ask(`series ${run} ${tag}`, signal),
    histogram: (run, tag, step, signal) => ask(`histogram ${run} ${tag} ${step}`, signal),
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
}

export function fakeHost(link: Record<string, string> = {}): FakeHost {
  let reload = () => {};
  const host: FakeHost = {
    theme: signal<Theme>("light"),
    link,
    visible: true,
    reload: () => reload(),
    onReload: (listener) => {
      reload = listener;
    },
    isVisible: () => host.visible,
    readLink: () => host.link,
    writeLink: (values) => {
      host.link = values;
    },
    addressOf: (values) => `#${new URLSearchParams(values)}`,
    onLinkChange: () => {},
  };
  return host;
}
