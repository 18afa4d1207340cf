import { useMemo, useState } from "preact/hooks";
import type { HistogramReply } from "../api/replies";
import { Axes, Readout, Spoken } from "../charts/frame";
import { type Plot, plotOf } from "../charts/plot";
import { linearScale } from "../charts/scale";
import { isShortcut } from "../ui/keys";
import { useWidth } from "../ui/size";
import { OWN_UNIT } from "../words/labels";
import { shownName } from "../words/names";
import { formatCount, formatNumber, formatPercent, plural } from "../words/numbers";
import {
  barAt,
  type Density,
  differenceEnd,
  type HistogramPicture,
  outlinePath,
  type Spike,
  spikeAt,
  stopByKey,
  stopsOf,
} from "./density";

/** The strip below a histogram that shows how two that look the same differ. */
const STRIP = 32;
/** A point mass is read from so many pixels away. */
const POINTER = 4;

interface Props {
  histogram: HistogramReply;
  picture: HistogramPicture;
  height: number;
}

export function HistogramChart({ histogram, picture, height }: Props) {
  const [ref, width] = useWidth();
  const drawn = useMemo(() => layOut(picture, width, height), [picture, width, height]);
  const { plot, axis, baseline, chosen } = drawn;
  const { place, listeners } = useReading(drawn);
  const beside = histogram.baseline ? " and at its baseline" : "";
  const label = `Histogram of ${shownName(histogram.tag)} at step ${formatCount(histogram.step)}${beside}`;
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
          <Axes
            plot={plot}
            xLabel={`value, in ${OWN_UNIT}${axis ? ", logarithmic" : ""}`}
            yLabel={axis ? "density, share per unit of the axis" : "density, share per unit"}
          />
          <Shape plot={plot} density={baseline} kind="baseline" />
          <Shape plot={plot} density={chosen} kind="chosen" />
          <Difference drawn={drawn} height={height} />
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

function layOut(picture: HistogramPicture, width: number, height: number) {
  const { axis, domain, highest, difference } = picture;
  const plot = plotOf({
    width,
    height: height - (difference ? STRIP : 0),
    x: axis ?? domain,
    yDomain: [0, highest * 1.12],
  });
  return { plot, ...picture };
}

/** Around a line of its own, and as tall as its strip, however small it is. */
function Difference({ drawn: { plot, difference }, height }: { drawn: Drawn; height: number }) {
  if (!difference) return null;
  const end = differenceEnd(difference);
  const inner = linearScale([-end, end], [height, plot.height + 2]);
  const within = (value: number) => inner(Math.max(-end, Math.min(end, value)));
  const y = Object.assign(within, { invert: inner.invert, domain: inner.domain });
  return (
    <g class="histogram difference" data-testid="difference">
      <line class="axis" x1={plot.left} x2={plot.right} y1={y(0)} y2={y(0)} />
      <path d={outlinePath({ ...plot, y }, difference)} />
    </g>
  );
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
  const { plot, baseline, chosen, difference } = drawn;
  const at = plot.x(place.value);
  const cell = difference && barAt(difference, place.value);
  const tolerance = place.spoken ? 0 : plot.x.invert(at + POINTER) - place.value;
  const read = (density: Density) => valuesAt(density, place.value, tolerance);
  const heading = `at ${formatNumber(place.value)}`;
  const rows = [
    { name: `step ${formatCount(histogram.step)}`, swatch: "chosen", value: read(chosen) },
    ...(histogram.baseline
      ? [{ name: "baseline", swatch: "baseline", value: read(baseline) }]
      : []),
    ...(cell ? [{ name: "difference", swatch: "difference", value: moreOrLess(cell.count) }] : []),
  ];
  return (
    <>
      <Spoken said={place.spoken ? { heading, rows } : null} />
      <Readout heading={heading} rows={rows} plot={plot} at={at} />
    </>
  );
}

function moreOrLess(share: number): string {
  return `${share > 0 ? "+" : ""}${formatPercent(share)} of all values`;
}

/** How many values lie in the bucket over a value, or in the point mass there. */
function valuesAt(density: Density, value: number, tolerance: number): string {
  const spike = spikeAt(density, value, tolerance);
  if (spike) return `${plural(spike.count, "value")} at ${formatNumber(spike.at)}`;
  const bar = barAt(density.bars, value);
  if (!bar) return "no values";
  const share = density.total > 0 ? bar.count / density.total : null;
  return `${formatPercent(share)} in ${formatNumber(bar.left)} … ${formatNumber(bar.right)}`;
}
