import { useRef } from "preact/hooks";
import { Figure } from "../charts/frame";
import { HistogramChart } from "../charts/histogram-chart";
import { formatCount } from "../format";
import type { HistogramReply, SeriesReply } from "../replies";
import type { Store } from "../state";
import { ErrorState } from "./error-state";

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
      legend={<HistogramLegend step={store.chosenStep.value} baseline={drawn?.baseline.step} />}
    >
      {error && !data ? (
        <ErrorState store={store} error={error} />
      ) : drawn ? (
        <HistogramChart histogram={drawn} height={chartHeight} />
      ) : (
        <div style={{ height: `${chartHeight}px` }} />
      )}
      <StepSlider store={store} steps={series.steps} />
    </Figure>
  );
}

interface LegendProps {
  step: number | null;
  baseline: number | undefined;
}

function HistogramLegend({ step, baseline }: LegendProps) {
  return (
    <div class="legend">
      <span>
        <i class="swatch baseline" />
        {baseline === undefined ? "baseline" : `baseline, step ${formatCount(baseline)}`}
      </span>
      <span>
        <i class="swatch chosen" />
        {`step ${formatCount(step)}`}
      </span>
    </div>
  );
}

interface SliderProps {
  store: Store;
  steps: readonly number[];
}

function StepSlider({ store, steps }: SliderProps) {
  const step = store.chosenStep.value;
  const index = step === null ? 0 : Math.max(0, steps.indexOf(step));
  const text = `step ${formatCount(step)}`;
  return (
    <label class="step-slider">
      <span>step</span>
      <input
        type="range"
        data-testid="step-slider"
        aria-label="Step of the histogram"
        aria-valuetext={text}
        min={0}
        max={Math.max(0, steps.length - 1)}
        step={1}
        value={index}
        disabled={steps.length < 2}
        onInput={(event) => {
          store.step.value = steps[Number(event.currentTarget.value)] ?? null;
        }}
      />
      <output>{formatCount(step)}</output>
    </label>
  );
}
