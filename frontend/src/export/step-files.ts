import { plural } from "../format";
import type { Measures, SeriesReply } from "../replies";
import type { Store } from "../state";
import { fileName } from "./names";
import { downloadText, type TableFile } from "./run-files";
import { type Cell, toCsv } from "./tables";

const MEASURES: readonly (keyof Measures)[] = [
  ...(["movement", "movement_lower", "movement_upper", "resolution", "relative_movement"] as const),
  ...(["median_shift", "spread_ratio", "min_shift", "max_shift", "shape_change"] as const),
  ...(["implied_drift", "speed"] as const),
];

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
  const { run, tag, baseline, steps, wall_times, basis_points, bands, delta_bands } = series;
  const columns = [
    ...["run", "tag", "baseline", "step", "wall_time", ...MEASURES],
    ...basis_points.map((points) => `band_${points}`),
    ...basis_points.map((points) => `delta_band_${points}`),
  ];
  const rows = steps.map((step, i): Cell[] => [
    ...[run, tag, baseline, step, wall_times[i] ?? null],
    ...MEASURES.map((name) => series[name][i] ?? null),
    ...[...bands, ...delta_bands].map((band) => band[i] ?? null),
  ]);
  return toCsv(columns, rows);
}
