import { useCallback, useMemo } from "preact/hooks";
import type { ExactSteps, MaybeNumber, SeriesReply } from "../api/replies";
import {
  type BandPair,
  bandPairs,
  dwarfing,
  endLabels,
  medianIndex,
  shownLines,
} from "../charts/bands";
import { EndLabel, Key, type ReadoutRow } from "../charts/frame";
import { areaPath, linePath } from "../charts/lines";
import { domainOf, type Plot } from "../charts/plot";
import { type ChartProps, StepFigure, type StepFigureProps } from "../charts/step-chart";
import { fileOf } from "../host/files";
import { type ChangeOf, hasOnlyRecords } from "../model/series";
import type { BandsChartName } from "../store/choice";
import type { Store } from "../store/store";
import { Segmented } from "../ui/segmented";
import { bandName, OWN_UNIT } from "../words/labels";
import { shownName } from "../words/names";
import { formatCount, formatNumber, formatShift } from "../words/numbers";

export const ROOM_FOR_NAMES = 54;

const CHANGE_OF: readonly (readonly [ChangeOf, string, string])[] = [
  ["quantiles", "quantiles", "Each quantile minus the same quantile of the baseline"],
  ["weights", "weights", "Quantiles of the change of each weight, as recorded"],
];

/** What makes a one per cent move visible: as the histograms show it, or as it was recorded. */
export function ChangeChart({ store, series, axis, height }: ChartProps) {
  const { exact, basis_points: basisPoints } = series;
  const alone = hasOnlyRecords(series);
  const ofWeights = alone || store.changeOf.value === "weights" ? exact : null;
  const change = useMemo(
    () => (ofWeights ? changeOfWeights(series, ofWeights) : changeOfQuantiles(series)),
    [series, ofWeights],
  );
  const taken = store.hiddenBands.value.delta;
  const hidden = useMemo(
    () => new Set(taken ?? dwarfing(basisPoints, change.bands)),
    [taken, change],
  );
  const legend = exact ? (
    <Segmented
      label="Change of"
      testid="change-of"
      options={CHANGE_OF}
      chosen={store.changeOf.value}
      choose={store.setChangeOf}
    />
  ) : (
    <LineLegend />
  );
  return (
    <BandsFigure
      {...{ store, axis, height, hidden, ...change }}
      testid="chart-delta-bands"
      legend={alone ? null : legend}
      note={<BandLegend {...{ store, hidden, basisPoints }} chart="delta" />}
      include={0}
      fallback={0.01 * (series.scale ?? 0) || 1e-3}
      format={formatShift}
    />
  );
}

/** Quantiles of wₜ - w₀, weight by weight: moves up and down do not cancel in them. */
function changeOfWeights(series: SeriesReply, exact: ExactSteps) {
  const still = exact.mean_abs.length > 1 && exact.mean_abs.every((value) => value === 0);
  const sample = exact.sampled_elements;
  return {
    series: { ...series, steps: exact.steps },
    bands: exact.change_bands,
    title: "Change of each weight",
    hint: `Quantiles of w − w₀, recorded weight by weight${sample ? `; the inner ones of a sample of ${formatCount(sample)}` : ""}`,
    file: fileOf(series, "change-of-weights"),
    yLabel: `change since step ${formatCount(exact.baseline_step)}, in ${OWN_UNIT}${sample ? ", sampled" : ""}`,
    label: `Change of each weight of ${shownName(series.tag)} over training steps`,
    remark: still ? "No weight changed at any step in sight." : null,
  };
}

/** Each quantile minus its own value at the baseline. */
function changeOfQuantiles(series: SeriesReply) {
  const { steps, delta_bands: bands } = series;
  const still = steps.length > 1 && bands.every((band) => band.every((value) => !value));
  return {
    series,
    bands,
    title: "Change of each quantile",
    hint: "Delta bands: each quantile minus the same quantile of the baseline",
    file: fileOf(series, "delta-bands"),
    yLabel: `change since step ${formatCount(series.baseline_step)}, in ${OWN_UNIT}`,
    label: `Change of each quantile of ${shownName(series.tag)} over training steps`,
    remark: still ? "No quantile changed at any step in sight." : null,
  };
}

/** The quantiles themselves, with the baseline's behind them: what the Distributions tab draws. */
export function BandsChart({ store, series, axis, height }: ChartProps) {
  const { basis_points: basisPoints, bands } = series;
  const taken = store.hiddenBands.value.bands;
  const hidden = useMemo(() => new Set(taken), [taken]);
  return (
    <BandsFigure
      {...{ store, series, axis, height, hidden, bands }}
      testid="chart-bands"
      title="Distribution"
      hint="Bands: the quantiles of the values at each step; dashed: the baseline's"
      legend={<LineLegend baseline />}
      note={<BandLegend {...{ store, hidden, basisPoints }} chart="bands" />}
      file={fileOf(series, "bands")}
      ghost={series.baseline_bands}
      fallback={Math.abs(series.scale ?? 0) || 1}
      yLabel={`value, in ${OWN_UNIT}`}
      label={`Quantiles of ${shownName(series.tag)} over training steps`}
      format={(value) => formatNumber(value)}
    />
  );
}

type Texts = "testid" | "title" | "hint" | "legend" | "note" | "file" | "yLabel" | "label";

interface BandsProps extends ChartProps, Pick<StepFigureProps, Texts | "remark"> {
  hidden: ReadonlySet<number>;
  bands: readonly (readonly MaybeNumber[])[];
  /** The baseline's quantiles, drawn behind. */
  ghost?: readonly MaybeNumber[];
  include?: number;
  fallback: number;
  format: (value: MaybeNumber) => string;
}

function BandsFigure(props: BandsProps) {
  const { series, hidden, bands, ghost, include, fallback, format, ...figure } = props;
  const shown = shownLines(series.basis_points, hidden);
  const lists = shown.map((i) => bands[i] ?? []);
  const ghosts = ghost ? [shown.map((i) => ghost[i] ?? null)] : [];
  const draw = useCallback(
    (plot: Plot) => (
      <BandShapes plot={plot} series={series} bands={bands} ghost={ghost} shown={shown} />
    ),
    [series, bands, ghost, hidden],
  );
  return (
    <StepFigure
      {...figure}
      steps={series.steps}
      lines={bands}
      yDomain={domainOf([...lists, ...ghosts], {
        include: include === undefined ? [] : [include],
        fallback,
      })}
      marginRight={ROOM_FOR_NAMES}
      readout={(i) => bandRows(series.basis_points, bands, i, format)}
    >
      {draw}
    </StepFigure>
  );
}

/** Every band by name, the largest on top as in the chart. */
function bandRows(
  basisPoints: readonly number[],
  bands: readonly (readonly MaybeNumber[])[],
  index: number,
  format: BandsProps["format"],
): ReadoutRow[] {
  const middle = medianIndex(basisPoints);
  return basisPoints
    .map((points, i) => ({
      name: bandName(points),
      value: format(bands[i]?.[index] ?? null),
      swatch: i === middle ? "median" : `band-${Math.min(i, basisPoints.length - 1 - i)}`,
    }))
    .reverse();
}

interface ShapesProps {
  plot: Plot;
  series: SeriesReply;
  bands: readonly (readonly MaybeNumber[])[];
  ghost: readonly MaybeNumber[] | undefined;
  shown: readonly number[];
}

function BandShapes({ plot, series, bands, ghost, shown }: ShapesProps) {
  const { steps, basis_points: basisPoints } = series;
  const pairs = bandPairs(basisPoints).filter(({ lower }) => shown.includes(lower));
  const middle = medianIndex(basisPoints);
  const line = (i: number) => linePath(plot, steps, bands[i] ?? []);
  return (
    <g class="bands">
      {ghost && <GhostFill plot={plot} ghost={ghost} pairs={pairs} />}
      {pairs.map(({ lower, upper, depth }) => (
        <path
          key={lower}
          class={`band band-${depth}`}
          d={areaPath(plot, steps, bands[lower] ?? [], bands[upper] ?? [])}
        />
      ))}
      {ghost && <GhostLines plot={plot} ghost={ghost} shown={shown} />}
      {pairs.map(({ lower, upper, depth }) => (
        <path key={lower} class={`band-edge edge-${depth}`} d={line(lower) + line(upper)} />
      ))}
      {shown.includes(middle) && <path class="median-line" d={line(middle)} />}
      {endLabels(plot, basisPoints, bands, shown).map(({ name, lineY, textY }) => (
        <EndLabel key={name} {...{ plot, name, lineY, textY }} />
      ))}
    </g>
  );
}

interface GhostProps {
  plot: Plot;
  ghost: readonly MaybeNumber[];
}

/** Each baseline band reaches over the whole width: it is one step, seen from all others. */
function GhostFill({ plot, ghost, pairs }: GhostProps & { pairs: readonly BandPair[] }) {
  return (
    <>
      {pairs.map(({ lower, upper, key }) => {
        const [low, high] = [ghost[lower] ?? null, ghost[upper] ?? null];
        if (low === null || high === null) return null;
        const [top, bottom] = [plot.y(high), plot.y(low)];
        const width = plot.right - plot.left;
        return (
          <rect key={key} class="ghost" x={plot.left} y={top} width={width} height={bottom - top} />
        );
      })}
    </>
  );
}

function GhostLines({ plot, ghost, shown }: GhostProps & { shown: readonly number[] }) {
  const ys = shown.map((i) => ghost[i] ?? null).filter((value) => value !== null);
  const path = ys.map((value) => `M${plot.left},${plot.y(value).toFixed(2)}H${plot.right}`);
  return <path class="ghost-line" d={path.join("")} />;
}

interface LegendProps {
  store: Store;
  chart: BandsChartName;
  basisPoints: readonly number[];
  hidden: ReadonlySet<number>;
}

/** Names each band; a click takes it out of the chart, so that the inner ones can be seen. */
function BandLegend({ store, chart, basisPoints, hidden }: LegendProps) {
  return (
    <div class="legend">
      {bandPairs(basisPoints).map(({ key, name, depth }) => (
        <button
          key={key}
          type="button"
          aria-pressed={!hidden.has(key)}
          title={`${hidden.has(key) ? "Show" : "Hide"} the quantiles ${name}`}
          onClick={() => store.toggleBand(chart, hidden, key)}
        >
          <i class={`swatch band-${depth}`} />
          {name}
        </button>
      ))}
    </div>
  );
}

function LineLegend({ baseline = false }: { baseline?: boolean }) {
  return (
    <div class="legend">
      <Key swatch="median">median</Key>
      {baseline && <Key swatch="ghost">baseline</Key>}
    </div>
  );
}
