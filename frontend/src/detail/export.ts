// By itself because it comes only when something is exported.
import { ESTIMATE_FIGURES, EXACT_FIGURES, METRICS, type SeriesReply } from "../api/replies";
import { downloadText, fileName, type TableFile } from "../host/files";
import { type Cell, toCsv } from "../model/csv";
import type { Store } from "../store/store";
import { plural } from "../words/numbers";

/** Saves every kept step of the chosen tensor; tells what was saved. */
export async function saveSteps(store: Store, format: TableFile): Promise<string> {
  const series = store.seriesData.peek();
  if (!series) throw new Error("There is no tensor yet.");
  const { run, tag, baseline, steps } = series;
  const text = format === "csv" ? stepsCsv(series) : JSON.stringify(series, null, 2);
  const against = baseline === "first" ? "" : `against-${baseline}`;
  const file = downloadText(fileName(run, tag, "steps", against), format, text);
  return `${plural(steps.length, "step")} saved as ${file}.`;
}

/** One line for each step, with the words of the API; a quantile is named by its basis points. */
export function stepsCsv(series: SeriesReply): string {
  const { run, tag, baseline, basis_points } = series;
  const columns = [
    ...["run", "tag", "baseline", "step", "wall_time", ...METRICS],
    ...basis_points.map((points) => `band_${points}`),
    ...basis_points.map((points) => `delta_band_${points}`),
    ...ESTIMATE_FIGURES.map((name) => `estimate_${name}`),
    ...EXACT_FIGURES.map((name) => `exact_${name}`),
    ...basis_points.map((points) => `exact_change_${points}`),
  ];
  const rows = allSteps(series).map((step): Cell[] => [
    ...[run, tag, baseline, step],
    ...measuredCells(series, step),
    ...recordedCells(series, step),
  ]);
  return toCsv(columns, rows);
}

/** Records may stand at steps that have no histogram. */
function allSteps({ steps, exact }: SeriesReply): number[] {
  return [...new Set([...steps, ...(exact?.steps ?? [])])].sort((a, b) => a - b);
}

function measuredCells(series: SeriesReply, step: number): Cell[] {
  const { steps, wall_times, basis_points, bands, delta_bands, estimate, exact } = series;
  const i = steps.indexOf(step);
  const time = wall_times[i] ?? exact?.wall_times[exact.steps.indexOf(step)] ?? null;
  const quantiles = [bands, delta_bands].flatMap((lines) =>
    basis_points.map((_, line) => lines[line]?.[i] ?? null),
  );
  const estimated = ESTIMATE_FIGURES.map((name) => estimate?.[name][i] ?? null);
  return [time, ...METRICS.map((name) => series[name][i] ?? null), ...quantiles, ...estimated];
}

function recordedCells({ basis_points, exact }: SeriesReply, step: number): Cell[] {
  const i = exact?.steps.indexOf(step) ?? -1;
  return [
    ...EXACT_FIGURES.map((name) => exact?.[name][i] ?? null),
    ...basis_points.map((_, line) => exact?.change_bands[line]?.[i] ?? null),
  ];
}
