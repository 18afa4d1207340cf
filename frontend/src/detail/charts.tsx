import "../charts/charts.css";
import "./charts.css";
import type { JSX, RefObject } from "preact";
import { useMemo, useRef } from "preact/hooks";
import type { SeriesReply } from "../api/replies";
import { stepAxis } from "../charts/step-axis";
import {
  hasOnlyRecords,
  type MovementAxis,
  usableZoom,
  type XAxis,
  type Zoom,
  zoomedSeries,
} from "../model/series";
import type { Store } from "../store/store";
import { Prose } from "../ui/marks";
import { Guarded } from "../ui/remark";
import { Segmented } from "../ui/segmented";
import { readBaseline } from "../words/baseline";
import { shownName } from "../words/names";
import { formatCount } from "../words/numbers";
import { BandsChart, ChangeChart } from "./bands-chart";
import { whyFlat } from "./flatness";
import { HistogramPanel } from "./histogram-panel";
import { MovementChart } from "./movement-chart";
import { PinnedChart, RunsChart } from "./overlay-chart";
import { PartsChart, SpeedChart } from "./parts-charts";
import { RunSentences } from "./run-sentences";
import { ScalarChart } from "./scalar-chart";
import { StepFacts } from "./step-facts";

interface Props {
  store: Store;
  series: SeriesReply;
  height: number;
}

type NamedCharts = readonly (readonly [name: string, chart: JSX.Element | false])[];

/** Each by itself: what fails in one leaves the others. */
function Charts({ charts, of }: { charts: NamedCharts; of: SeriesReply }) {
  return (
    <div class="charts">
      {charts.map(
        ([name, chart]) =>
          chart && (
            <Guarded key={name} name={name} of={of}>
              {chart}
            </Guarded>
          ),
      )}
    </div>
  );
}

/** All charts of a tensor, over one axis of steps; and why TensorBoard's own look flat. */
export function TensorCharts({ store, series, height }: Props) {
  const hasHistograms = !hasOnlyRecords(series);
  const [chosenZoom, xAxis] = [store.zoom.value, store.xAxis.value];
  const { zoom, inSight, axis } = useMemo(() => {
    const zoom = usableZoom(series, chosenZoom);
    return { zoom, inSight: zoomedSeries(series, zoom), axis: stepAxis(xAxis, series, zoom) };
  }, [series, chosenZoom, xAxis]);
  const props = { store, series: inSight, axis, height };
  const why = whyNothing(series);
  const flat = useMemo(() => whyFlat(series), [series]);
  const answer = useRef<HTMLHeadingElement>(null);
  const kept = series.steps.length;
  const scalars = store.scalars.value.data;
  const drawn: NamedCharts = [
    [
      "Runs",
      store.comparedRuns.value.length > 1 && (
        <RunsChart store={store} lead={series} zoom={zoom} height={height} />
      ),
    ],
    [
      "Pinned",
      store.pinnedSeries.value.length > 1 && (
        <PinnedChart store={store} lead={series} zoom={zoom} height={height} />
      ),
    ],
    ["Movement", !why && <MovementChart {...props} />],
    ["Scalar", kept > 0 && scalars?.tag != null && <ScalarChart {...props} scalars={scalars} />],
    ["Change", !why && <ChangeChart {...props} />],
    ["Bands", !why && hasHistograms && <BandsChart {...props} />],
    ["Histogram", kept > 0 && hasHistograms && <HistogramPanel {...{ store, series, height }} />],
  ];
  const further: NamedCharts = [
    ["Parts", !why && hasHistograms && <PartsChart {...props} />],
    ["Speed", kept > 1 && hasHistograms && <SpeedChart {...props} />],
  ];
  return (
    <>
      {flat && (
        <button
          type="button"
          class="text-button"
          data-testid="ask-why-flat"
          onClick={() => answer.current?.focus()}
        >
          {WHY_FLAT}
        </button>
      )}
      {kept > 0 && <StepFacts store={store} series={series} />}
      {kept > 0 && <ChartControls store={store} zoom={zoom} />}
      {store.comparedRuns.value.length > 1 && <RunSentences store={store} />}
      {why && (
        <p class="charts-remark" data-testid="nothing-to-compare">
          {why}
        </p>
      )}
      <Charts charts={drawn} of={series} />
      {further.some(([, chart]) => chart) && (
        <button
          type="button"
          class="text-button more-charts"
          data-testid="more-charts"
          aria-expanded={store.more.value}
          onClick={() => store.showMore(!store.more.value)}
        >
          {store.more.value ? "Fewer charts" : "More: median, spread and shape; speed"}
        </button>
      )}
      {store.more.value && <Charts charts={further} of={series} />}
      {flat && <WhyFlat paragraphs={flat} heading={answer} />}
    </>
  );
}

/** Why no step of a tensor can be compared, or even drawn; null where one can. */
function whyNothing(series: SeriesReply): string | null {
  const { tag, baseline, baseline_step, shown, steps, left_out } = series;
  const [step] = steps;
  if (step === undefined) {
    const first = left_out.find((one) => one.step !== null);
    const reason = first ? `: at step ${formatCount(first.step)} ${first.reason}` : "";
    return `No histogram of ${shownName(tag)} can be drawn${reason}.`;
  }
  if (shown !== null) return null;
  const { run } = readBaseline(baseline);
  if (run === null || baseline_step !== null)
    return steps.length > 1 ? null : `Only step ${formatCount(step)} was kept: movement needs two.`;
  return `${shownName(tag)} is not in the run ${shownName(run)}: there is nothing to compare it with. Choose another baseline.`;
}

const WHY_FLAT = "Why does it look flat in the Distributions tab?";

interface WhyFlatProps {
  paragraphs: readonly string[];
  /** To be gone to. */
  heading: RefObject<HTMLHeadingElement | null>;
}

function WhyFlat({ paragraphs, heading }: WhyFlatProps) {
  return (
    <aside class="why-flat" data-testid="why-flat">
      <h3 ref={heading} tabIndex={-1}>
        {WHY_FLAT}
      </h3>
      {paragraphs.map((text) => (
        <p key={text}>
          <Prose text={text} />
        </p>
      ))}
    </aside>
  );
}

const X_AXES: readonly (readonly [XAxis, string, string])[] = [
  ["step", "step", "Training steps by their number"],
  ["relative", "relative", "Time since the first step"],
  ["wall", "wall time", "The time on the clock"],
];

const MOVEMENT_AXES: readonly (readonly [MovementAxis, string, string])[] = [
  ["auto", "auto", "Linear, or log where runs are more than 30 times apart"],
  ["linear", "linear", "Equal differences take equal room"],
  ["log", "log", "Equal factors take equal room: small movements beside large ones"],
];

/** What holds for all charts over steps at once. */
function ChartControls({ store, zoom }: { store: Store; zoom: Zoom | null }) {
  return (
    <div class="chart-controls">
      <Segmented
        label="X axis"
        testid="x-axis"
        options={X_AXES}
        chosen={store.xAxis.value}
        choose={store.setXAxis}
      />
      <Segmented
        label="Movement"
        testid="movement-axis"
        options={MOVEMENT_AXES}
        chosen={store.movementAxis.value}
        choose={store.setMovementAxis}
      />
      <span class="zoom-state" data-testid="zoom" role="status">
        {zoom !== null && (
          <>
            {`steps ${formatCount(zoom[0])} to ${formatCount(zoom[1])}`}
            <button type="button" class="text-button" onClick={store.resetZoom}>
              show all
            </button>
          </>
        )}
      </span>
    </div>
  );
}
