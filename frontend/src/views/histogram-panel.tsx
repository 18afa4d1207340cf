import { useRef } from "preact/hooks";
import { Figure } from "../charts/frame";
import { HistogramChart } from "../charts/histogram-chart";
import { histogramTable } from "../charts/histogram-table";
import { fileOf } from "../export/names";
import { formatCount } from "../format";
import type { HistogramReply, SeriesReply } from "../replies";
import type { Store } from "../state";
import { ErrorState } from "./error-state";
import { StepPlayer } from "./step-player";

const SLIDER_HEIGHT = 28;

interface Props {
  store: Store;
  series: SeriesReply;
  height: number;
}

/** One step's histogram over the baseline's, and the slider that chooses the step. */
export function HistogramPanel({ store, series, height }: Props) {
  const { data, error } = store.histogram.value;
  const last = useRef<HistogramReply | null>(null);
  if (data) last.current = data;
  const drawn = last.current?.tag === series.tag ? last.current : null;
  const chartHeight = height - SLIDER_HEIGHT;
  return (
    <Figure
      testid="chart-histogram"
      title="Histogram"
      hint="Density: the share of values in a bucket divided by its width"
      note="the share of values in each bucket, over its width"
      legend={<HistogramLegend step={store.chosenStep.value} drawn={drawn} />}
      extras={{
        store,
        file: fileOf(series, `histogram-step-${store.chosenStep.value}`),
        table: () => (drawn ? histogramTable(drawn) : { columns: [], rows: [] }),
      }}
    >
      {error && !data ? (
        <ErrorState store={store} error={error} />
      ) : drawn ? (
        <HistogramChart histogram={drawn} height={chartHeight} />
      ) : (
        <div style={{ height: `${chartHeight}px` }} />
      )}
      <StepPlayer store={store} steps={series.steps} />
    </Figure>
  );
}

interface LegendProps {
  step: number | null;
  drawn: HistogramReply | null;
}

function HistogramLegend({ step, drawn }: LegendProps) {
  const before = drawn?.baseline
    ? `baseline, step ${formatCount(drawn.baseline.step)}`
    : "baseline";
  return (
    <div class="legend">
      <span>
        <i class="swatch baseline" />
        {drawn && !drawn.baseline ? "no baseline: that run does not have this tensor" : before}
      </span>
      <span>
        <i class="swatch chosen" />
        {`step ${formatCount(step)}`}
      </span>
    </div>
  );
}
