import { useMemo } from "preact/hooks";
import type { MaybeNumber, SeriesReply } from "../api/replies";
import { EndLabel, Key, type ReadoutRow } from "../charts/frame";
import { linePath, namedEnds } from "../charts/lines";
import { domainOf, type Plot } from "../charts/plot";
import { type ChartProps, StepFigure } from "../charts/step-chart";
import { fileOf } from "../host/files";
import { scaleName } from "../words/labels";
import { shownName } from "../words/names";
import {
  formatNumber,
  formatPercent,
  formatRelative,
  formatShift,
  isNumber,
} from "../words/numbers";
import { ROOM_FOR_NAMES } from "./bands-chart";
import { axisOf, type Parts, partsOf, type Speed, speedOf } from "./movement";

const LABEL_GAP = 12;

/** What the movement is made of: a shift, a change of width, and what neither explains. */
export function PartsChart({ store, series, axis, height }: ChartProps) {
  const { parts, draw } = useMemo(() => {
    const parts = partsOf(series);
    return { parts, draw: (plot: Plot) => <PartLines plot={plot} series={series} parts={parts} /> };
  }, [series]);
  const readout = (i: number) => partRows(parts, i);
  const lists = parts.parts.map(({ values }) => values);
  const fallback = parts.unit === null ? 1e-3 : 1;
  const yDomain = domainOf(lists, { include: [0], fallback });
  return (
    <StepFigure
      {...{ store, axis, height, readout }}
      testid="chart-parts"
      title="Median, spread, shape"
      hint="Median minus the baseline's; standard deviation over the baseline's, minus 1; and the movement that is left after matching both"
      legend={<PartsLegend parts={parts} />}
      note="what the movement is made of"
      file={fileOf(series, "median-spread-shape")}
      steps={series.steps}
      lines={lists}
      yDomain={yDomain}
      {...axisOf("change", parts.unit, yDomain[1])}
      label={`Change of median, spread and shape of ${shownName(series.tag)} over training steps`}
      marginRight={ROOM_FOR_NAMES}
    >
      {draw}
    </StepFigure>
  );
}

function partRows({ parts, unit }: Parts, i: number): ReadoutRow[] {
  return parts.map(({ name, label, values }) => ({
    name: label,
    value: shown(values[i] ?? null, unit !== null),
    swatch: `part-${name}`,
  }));
}

function shown(value: MaybeNumber, relative: boolean): string {
  if (!relative || value === null) return formatShift(value);
  return `${value > 0 ? "+" : ""}${formatRelative(value / 100)}`;
}

function PartLines({ plot, series, parts }: { plot: Plot; series: SeriesReply; parts: Parts }) {
  const zero = plot.y(0);
  return (
    <g class="parts">
      <line class="axis" x1={plot.left} x2={plot.right} y1={zero} y2={zero} />
      {namedEnds(plot, parts.parts, LABEL_GAP).map(({ name, values, lineY, textY }) => (
        <g key={name}>
          <path class={`part-line part-${name}`} d={linePath(plot, series.steps, values)} />
          <EndLabel {...{ plot, name, lineY, textY }} />
        </g>
      ))}
    </g>
  );
}

function PartsLegend({ parts }: { parts: Parts }) {
  return (
    <div class="legend">
      {parts.parts.map(({ name, label }) => (
        <Key key={name} swatch={`part-${name}`}>
          {label}
        </Key>
      ))}
    </div>
  );
}

/** Whether it still moves: from each kept step to the next, per training step. */
export function SpeedChart({ store, series, axis, height }: ChartProps) {
  const { speed, draw } = useMemo(() => {
    const speed = speedOf(series);
    const draw = (plot: Plot) => <SpeedLine plot={plot} series={series} speed={speed} />;
    return { speed, draw };
  }, [series]);
  const readout = (i: number) => speedRows(series, speed, i);
  const high = domainOf([speed.values], { include: [0], fallback: 1e-3 })[1];
  return (
    <StepFigure
      {...{ store, axis, height, readout }}
      testid="chart-speed"
      title="Speed"
      hint="Movement between neighbouring kept steps, divided by the training steps between them"
      note="movement from one kept step to the next, per training step"
      file={fileOf(series, "speed")}
      steps={series.steps}
      lines={[speed.values]}
      yDomain={[0, high]}
      yLabel={`speed, ${speed.unit}`}
      label={`Speed of ${shownName(series.tag)} over training steps`}
      marginRight={ROOM_FOR_NAMES}
    >
      {draw}
    </StepFigure>
  );
}

function speedRows(series: SeriesReply, { relative, values }: Speed, i: number) {
  const own = { name: "in its own unit, per step", value: formatNumber(series.speed[i] ?? null) };
  if (!relative) return [own];
  const share = formatPercent((values[i] ?? Number.NaN) / 100);
  const name = `of ${scaleName(series.scale_kind)} per training step`;
  return [{ name, value: share }, own];
}

function SpeedLine({ plot, series, speed }: { plot: Plot; series: SeriesReply; speed: Speed }) {
  return (
    <g class="speed">
      <path class="speed-line" d={linePath(plot, series.steps, speed.values)} />
      {series.steps.map((step, i) => {
        const value = speed.values[i];
        return isNumber(value) ? (
          <circle key={step} cx={plot.x(step)} cy={plot.y(value)} r={1.75} />
        ) : null;
      })}
    </g>
  );
}
