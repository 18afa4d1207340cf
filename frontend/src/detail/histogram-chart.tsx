import { useMemo, useState } from "preact/hooks";
import type { Buckets, HistogramReply } from "../api/replies";
import { Axes, Readout, Spoken } from "../charts/frame";
import { type Plot, plotOf } from "../charts/plot";
import { isShortcut } from "../ui/keys";
import { useWidth } from "../ui/size";
import { OWN_UNIT } from "../words/labels";
import { shownName } from "../words/names";
import { formatCount, formatNumber, formatPercent, plural } from "../words/numbers";
import {
  barAt,
  type Density,
  densityOf,
  highestDensity,
  outlinePath,
  type Spike,
  spikeAt,
  stopByKey,
  stopsOf,
  valueDomain,
} from "./density";

/** Buckets thinner than this share of the axis are drawn together. */
const NARROWEST = 1 / 72;
/** A point mass is read from so many pixels away. */
const POINTER = 4;

interface Props {
  histogram: HistogramReply;
  height: number;
}

export function HistogramChart({ histogram, height }: Props) {
  const [ref, width] = useWidth();
  const drawn = useMemo(() => layOut(histogram, width, height), [histogram, width, height]);
  const { plot, baseline, chosen } = drawn;
  const { place, listeners } = useReading(drawn);
  const beside = histogram.baseline ? " and at its baseline" : "";
  const label = `Histogram of ${shownName(histogram.tag)} at step ${histogram.step}${beside}`;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a chart that is read bucket by bucket
    <div
      class="plot"
      ref={ref}
      style={{ height: `${height}px` }}
      role="group"
      aria-roledescription="chart"
      aria-label={`${label}. Left and right read it bucket by bucket.`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys read it
      tabIndex={0}
      {...listeners}
    >
      {width > 0 && (
        <svg width={width} height={height} role="img" aria-label={label}>
          <Axes plot={plot} xLabel={`value, in ${OWN_UNIT}`} yLabel="density, share per unit" />
          <Shape plot={plot} density={baseline} kind="baseline" />
          <Shape plot={plot} density={chosen} kind="chosen" />
          {place && <CrossHair plot={plot} at={plot.x(place.value)} />}
        </svg>
      )}
      <ValueReadout {...{ histogram, drawn, place }} />
    </div>
  );
}

function CrossHair({ plot, at }: { plot: Plot; at: number }) {
  return <line class="step-mark hover" x1={at} x2={at} y1={plot.top} y2={plot.bottom} />;
}

/** The value that is read, and whether it is read aloud as well: keys asked for it. */
interface Place {
  value: number;
  spoken: boolean;
}

/** Moving the pointer reads a value, arrow keys read bucket by bucket. */
function useReading({ plot, baseline, chosen }: Drawn) {
  const [place, setPlace] = useState<Place | null>(null);
  const leave = () => setPlace(null);
  const listeners = {
    onPointerMove: (event: PointerEvent) => {
      const box = (event.currentTarget as Element).getBoundingClientRect();
      const pixel = Math.min(plot.right, Math.max(plot.left, event.clientX - box.left));
      setPlace({ value: plot.x.invert(pixel), spoken: false });
    },
    onPointerLeave: leave,
    onBlur: leave,
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key === "Escape" && !isShortcut(event)) leave();
      const value = stopByKey(event, stopsOf(chosen, baseline), place?.value ?? null);
      if (value === null) return;
      event.preventDefault();
      setPlace({ value, spoken: true });
    },
  };
  return { place, listeners };
}

type Drawn = ReturnType<typeof layOut>;

function layOut(histogram: HistogramReply, width: number, height: number) {
  const before: Buckets = histogram.baseline ?? { edges: [], counts: [] };
  const xDomain = valueDomain([before, histogram]);
  const narrowest = (xDomain[1] - xDomain[0]) * NARROWEST;
  const baseline = densityOf(before, narrowest);
  const chosen = densityOf(histogram, narrowest);
  const highest = highestDensity([baseline, chosen]);
  const plot = plotOf({ width, height, x: xDomain, yDomain: [0, highest * 1.12] });
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
  histogram: HistogramReply;
  drawn: Drawn;
  place: Place | null;
}

function ValueReadout({ histogram, drawn, place }: ValueReadoutProps) {
  if (!place) return <Spoken said={null} />;
  const { plot, baseline, chosen } = drawn;
  const at = plot.x(place.value);
  const tolerance = place.spoken ? 0 : plot.x.invert(at + POINTER) - place.value;
  const read = (density: Density) => valuesAt(density, place.value, tolerance);
  const heading = `at ${formatNumber(place.value)}`;
  const rows = [
    { name: `step ${formatCount(histogram.step)}`, swatch: "chosen", value: read(chosen) },
    ...(histogram.baseline
      ? [{ name: "baseline", swatch: "baseline", value: read(baseline) }]
      : []),
  ];
  return (
    <>
      <Spoken said={place.spoken ? { heading, rows } : null} />
      <Readout heading={heading} rows={rows} plot={plot} at={at} />
    </>
  );
}

/** How many values lie in the bucket over a value, or in the point mass there. */
function valuesAt(density: Density, value: number, tolerance: number): string {
  const spike = spikeAt(density, value, tolerance);
  if (spike) return `${plural(spike.count, "value")} at ${formatNumber(spike.at)}`;
  const bar = barAt(density, value);
  if (!bar) return "no values";
  const share = density.total > 0 ? bar.count / density.total : null;
  return `${formatPercent(share)} in ${formatNumber(bar.left)} … ${formatNumber(bar.right)}`;
}
