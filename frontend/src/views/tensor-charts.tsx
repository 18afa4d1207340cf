import "../styles/charts.css";
import "../styles/legend.css";
import "../styles/steps.css";
import { useMemo } from "preact/hooks";
import { BandsChart, ChangeChart } from "../charts/bands-chart";
import { MovementChart } from "../charts/movement-chart";
import { PartsChart, SpeedChart } from "../charts/parts-charts";
import { RunsChart } from "../charts/runs-chart";
import { stepAxis } from "../charts/step-axis";
import { whyFlat } from "../flatness";
import { hasOnlyRecords } from "../recorded";
import type { SeriesReply } from "../replies";
import type { Store } from "../state";
import { usableZoom, zoomedSeries } from "../zoom";
import { ChartControls } from "./chart-controls";
import { HistogramPanel } from "./histogram-panel";
import { Prose } from "./prose";
import { RunSentences } from "./run-sentences";
import { StepFacts } from "./step-facts";

interface Props {
  store: Store;
  series: SeriesReply;
  height: number;
}

/** All charts of a tensor, over one axis of steps; and why TensorBoard's own look flat. */
export function TensorCharts({ store, series, height }: Props) {
  const [chosenZoom, xAxis] = [store.zoom.value, store.xAxis.value];
  const { zoom, inSight, axis } = useMemo(() => {
    const zoom = usableZoom(series, chosenZoom);
    return { zoom, inSight: zoomedSeries(series, zoom), axis: stepAxis(xAxis, series, zoom) };
  }, [series, chosenZoom, xAxis]);
  const props = { store, series: inSight, axis, height };
  return (
    <>
      <StepFacts store={store} series={series} />
      <ChartControls store={store} zoom={zoom} />
      {store.comparedRuns.value.length > 1 && <RunSentences store={store} />}
      <div class="charts">
        {store.comparedRuns.value.length > 1 && (
          <RunsChart store={store} lead={series} zoom={zoom} height={height} />
        )}
        <MovementChart {...props} />
        <ChangeChart {...props} />
        {!hasOnlyRecords(series) && (
          <>
            <BandsChart {...props} />
            <HistogramPanel store={store} series={series} height={height} />
            <PartsChart {...props} />
            <SpeedChart {...props} />
          </>
        )}
      </div>
      <WhyFlat series={series} />
    </>
  );
}

function WhyFlat({ series }: { series: SeriesReply }) {
  const paragraphs = whyFlat(series);
  if (!paragraphs) return null;
  return (
    <aside class="why-flat" data-testid="why-flat">
      <h3>Why does it look flat in the Distributions tab?</h3>
      {paragraphs.map((text) => (
        <p key={text}>
          <Prose text={text} />
        </p>
      ))}
    </aside>
  );
}
