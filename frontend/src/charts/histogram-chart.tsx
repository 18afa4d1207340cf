import { useMemo, useState } from "preact/hooks";
import { formatCount, formatNumber, formatPercent, plural } from "../format";
import type { HistogramReply } from "../replies";
import { OWN_UNIT } from "../words";
import {
  barAt,
  type Density,
  densityOf,
  highestDensity,
  outlinePath,
  type Spike,
  valueDomain,
} from "./density";
import { Axes, Readout, type ReadoutRow } from "./frame";
import { type Plot, plotOf } from "./plot";
import { useWidth } from "./width";

/** Buckets thinner than this share of the axis are drawn together. */
const NARROWEST = 1 / 72;

interface Props {
  histogram: HistogramReply;
  height: number;
}

export function HistogramChart({ histogram, height }: Props) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const [pixel, setPixel] = useState<number | null>(null);
  const { plot, baseline, chosen } = useMemo(
    () => layOut(histogram, width, height),
    [histogram, width, height],
  );
  const label = `Histogram of ${histogram.tag} at step ${histogram.step} and at its baseline`;
  return (
    <div
      class="plot"
      ref={ref}
      style={{ height: `${height}px` }}
      onPointerMove={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        setPixel(Math.min(plot.right, Math.max(plot.left, event.clientX - box.left)));
      }}
      onPointerLeave={() => setPixel(null)}
    >
      {width > 0 && (
        <svg width={width} height={height} role="img" aria-label={label}>
          <Axes plot={plot} xLabel={`value, in ${OWN_UNIT}`} yLabel="density, share per unit" />
          <Shape plot={plot} density={baseline} kind="baseline" />
          <Shape plot={plot} density={chosen} kind="chosen" />
          {pixel !== null && (
            <line class="step-mark hover" x1={pixel} x2={pixel} y1={plot.top} y2={plot.bottom} />
          )}
        </svg>
      )}
      {pixel !== null && (
        <ValueReadout plot={plot} pixel={pixel} {...{ histogram, baseline, chosen }} />
      )}
    </div>
  );
}

function layOut(histogram: HistogramReply, width: number, height: number) {
  const xDomain = valueDomain([histogram.baseline, histogram]);
  const narrowest = (xDomain[1] - xDomain[0]) * NARROWEST;
  const baseline = densityOf(histogram.baseline, narrowest);
  const chosen = densityOf(histogram, narrowest);
  const highest = highestDensity([baseline, chosen]);
  const plot = plotOf({ width, height, xDomain, yDomain: [0, highest * 1.12] });
  return { plot, baseline, chosen };
}

function Shape({ plot, density, kind }: { plot: Plot; density: Density; kind: string }) {
  return (
    <g class={`histogram ${kind}`}>
      <path d={outlinePath(plot, density.bars)} />
      {density.spikes.map((spike, i) => (
        <SpikeMark key={spike.at} plot={plot} spike={spike} low={kind === "chosen"} named={i < 3} />
      ))}
    </g>
  );
}

interface SpikeProps {
  plot: Plot;
  spike: Spike;
  low: boolean;
  named: boolean;
}

/** So many values exactly here: a density would be infinite, so it is drawn full height and named. */
function SpikeMark({ plot, spike, low, named }: SpikeProps) {
  const x = plot.x(spike.at);
  const y = plot.top + (low ? 18 : 4);
  const end = x > (plot.left + plot.right) / 2;
  return (
    <g>
      <line x1={x} x2={x} y1={plot.bottom} y2={y} />
      <circle cx={x} cy={y} r={3} />
      {named && (
        <text x={x + (end ? -7 : 7)} y={y} dy="0.32em" text-anchor={end ? "end" : "start"}>
          {`${plural(spike.count, "value")} at ${formatNumber(spike.at)}`}
        </text>
      )}
    </g>
  );
}

interface ValueReadoutProps {
  plot: Plot;
  pixel: number;
  histogram: HistogramReply;
  baseline: Density;
  chosen: Density;
}

function ValueReadout({ plot, pixel, histogram, baseline, chosen }: ValueReadoutProps) {
  const value = plot.x.invert(pixel);
  const rows = [
    ...bucketRows(`step ${formatCount(histogram.step)}`, "chosen", chosen, value),
    ...bucketRows("baseline", "baseline", baseline, value),
  ];
  return <Readout heading={`at ${formatNumber(value)}`} rows={rows} plot={plot} at={pixel} />;
}

function bucketRows(name: string, swatch: string, density: Density, value: number): ReadoutRow[] {
  const bar = barAt(density, value);
  if (!bar) return [{ name, swatch, value: "no values" }];
  const share = density.total > 0 ? bar.count / density.total : null;
  const range = `${formatNumber(bar.left)} … ${formatNumber(bar.right)}`;
  return [{ name, swatch, value: `${formatPercent(share)} in ${range}` }];
}
