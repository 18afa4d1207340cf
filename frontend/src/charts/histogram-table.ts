import { formatCount } from "../format";
import type { Buckets, HistogramReply } from "../replies";
import type { ChartTable } from "./table";

/** The buckets of the step and of its baseline, every digit of their edges. */
export function histogramTable(histogram: HistogramReply): ChartTable {
  const rowsOf = (name: string, { edges, counts }: Buckets) =>
    counts.map((count, i) => [name, String(edges[i]), String(edges[i + 1]), String(count)]);
  const { baseline } = histogram;
  return {
    columns: ["histogram", "from", "to", "values"],
    rows: [
      ...rowsOf(`step ${formatCount(histogram.step)}`, histogram),
      ...(baseline ? rowsOf(`baseline, step ${formatCount(baseline.step)}`, baseline) : []),
    ],
  };
}
