import { useEffect, useMemo, useRef } from "preact/hooks";
import type { HistogramReply, SeriesReply } from "../api/replies";
import { Figure, Key } from "../charts/frame";
import { fileOf } from "../host/files";
import type { Store } from "../store/store";
import { useEscape } from "../ui/menu";
import { ErrorState } from "../ui/remark";
import { useMedia } from "../ui/size";
import { formatCount } from "../words/numbers";
import { type HistogramPicture, histogramPicture, histogramTable } from "./density";
import { HistogramChart } from "./histogram-chart";

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
  const picture = useMemo(() => drawn && histogramPicture(drawn), [drawn]);
  const chartHeight = height - SLIDER_HEIGHT;
  return (
    <Figure
      testid="chart-histogram"
      title="Histogram"
      hint="Density: the share of values in a bucket divided by its width"
      note="the share of values in each bucket, over its width"
      legend={<HistogramLegend {...{ drawn, picture }} step={store.chosenStep.value} />}
      store={store}
      file={fileOf(series, `histogram-step-${store.chosenStep.value}`)}
      steps={drawn ? [drawn.step] : []}
      table={() => (drawn ? histogramTable(drawn) : { columns: [], rows: [] })}
    >
      {error && !data ? (
        <ErrorState store={store} error={error} />
      ) : drawn && picture ? (
        <HistogramChart histogram={drawn} picture={picture} height={chartHeight} />
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
  picture: HistogramPicture | null;
}

function HistogramLegend({ step, drawn, picture }: LegendProps) {
  const before = drawn?.baseline
    ? `baseline, step ${formatCount(drawn.baseline.step)}`
    : "baseline";
  return (
    <div class="legend">
      <Key swatch="baseline">
        {drawn && !drawn.baseline ? "no baseline: that run does not have this tensor" : before}
      </Key>
      <Key swatch="chosen">{`step ${formatCount(step)}`}</Key>
      {picture?.difference && <Key swatch="difference">below: their difference, enlarged</Key>}
    </div>
  );
}

interface PlayerProps {
  store: Store;
  steps: readonly number[];
}

/** Chooses the histogram's step: by hand, or one after the other. */
function StepPlayer({ store, steps }: PlayerProps) {
  const step = store.chosenStep.value;
  const index = step === null ? 0 : Math.max(0, steps.indexOf(step));
  const label = `step ${formatCount(step)}`;
  return (
    <div class="step-slider">
      <PlayButton store={store} idle={steps.length < 2} />
      <input
        type="range"
        data-testid="step-slider"
        aria-label="Step of the histogram"
        aria-valuetext={label}
        min={0}
        max={Math.max(0, steps.length - 1)}
        step={1}
        value={index}
        disabled={steps.length < 2}
        onInput={(event) => {
          store.pause();
          store.pinStep(steps[Number(event.currentTarget.value)] ?? null);
        }}
      />
      <output>{label}</output>
    </div>
  );
}

/** Where motion is to be reduced nothing plays by itself: each press goes one step on. */
function PlayButton({ store, idle }: { store: Store; idle: boolean }) {
  const still = useMedia("(prefers-reduced-motion: reduce)");
  const playing = store.playing.value;
  useEscape(playing, store.pause);
  useEffect(() => () => store.pause(), []);
  const name = still ? "Next step" : playing ? "Pause" : "Play all steps";
  const act = still ? store.nextStep : playing ? store.pause : store.play;
  return (
    <button
      type="button"
      class="play-button"
      data-testid="play"
      aria-label={name}
      title={playing ? "Pause (Escape)" : name}
      disabled={idle}
      onClick={act}
    >
      <i class={playing ? "icon-pause" : still ? "icon-next" : "icon-play"} aria-hidden="true" />
    </button>
  );
}
