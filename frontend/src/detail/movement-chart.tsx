import { useMemo } from "preact/hooks";
import type { ExactFigure, MaybeNumber, SeriesReply } from "../api/replies";
import { Key, type ReadoutRow } from "../charts/frame";
import { areaPath, linePath } from "../charts/lines";
import type { Plot } from "../charts/plot";
import { type ChartProps, StepFigure } from "../charts/step-chart";
import { fileOf } from "../host/files";
import { betweenText, boundedAt, isUnresolved } from "../model/bounds";
import { hasOnlyRecords, recordedAt } from "../model/series";
import { scaleName } from "../words/labels";
import { shownName } from "../words/names";
import { formatNumber, formatRelative, isNumber } from "../words/numbers";
import { axisOf, isGuess, type MovementLines, movementLines } from "./movement";

const MOST_DOTS = 60;

/** What is drawn: the distance between distributions, that of each weight on average, or both. */
type Kind = "distribution" | "weights" | "both";

const DISTANCE = "Wasserstein-1 distance between the step's and the baseline's distribution";
const EXACT = "the mean of |w − w₀| over all weights, recorded during training";
const ROOT_MEAN_SQUARE =
  "Exact: of w − w₀ over all values, from the sums that the writer logged beside its histograms";
const ESTIMATED =
  "The mean of |w − w₀| over all values, estimated: for nine of ten tensors it is within the thin lines";
const ABOUT = "about: estimated, nine of ten lie between the thin lines";
const HINTS: Record<Kind, string> = {
  distribution: DISTANCE,
  weights: `Exact: ${EXACT}`,
  both: `Exact: ${EXACT}. Distribution: ${DISTANCE}`,
};
const NOTES: Record<Kind, string> = {
  distribution: "how far the distribution is from the baseline's",
  weights: "how far the weights are from their initial values, on average",
  both: "of the weights on average, and of their distribution",
};

export function MovementChart({ store, series, axis, height }: ChartProps) {
  const movementAxis = store.movementAxis.value;
  const { lines, draw } = useMemo(() => {
    const lines = movementLines(series, movementAxis);
    return { lines, draw: (plot: Plot) => <Lines plot={plot} series={series} lines={lines} /> };
  }, [series, movementAxis]);
  const { unit, low, high, log } = lines;
  const kind = kindOf(series);
  const readout = (i: number) => movementRows(series, unit, i);
  return (
    <StepFigure
      {...{ store, axis, height, readout }}
      testid="chart-movement"
      title="Movement"
      hint={HINTS[kind]}
      legend={<MovementLegend lines={lines} series={series} />}
      note={has(lines.about.middle) ? `${NOTES[kind]}; ${ABOUT}` : NOTES[kind]}
      file={fileOf(series, "movement")}
      steps={series.steps}
      lines={[lines.values, lines.exact, lines.rms, lines.about.middle]}
      yDomain={[low, high]}
      yLog={log}
      {...axisOf("movement", unit, high)}
      label={`Movement of ${shownName(series.tag)} over training steps`}
    >
      {draw}
    </StepFigure>
  );
}

function kindOf(series: SeriesReply): Kind {
  if (series.exact === null) return "distribution";
  return hasOnlyRecords(series) ? "weights" : "both";
}

/** What was recorded at a step, as far as it was. */
function exactRows(series: SeriesReply, i: number): ReadoutRow[] {
  const at = (figure: ExactFigure) => recordedAt(series, figure, series.steps[i]);
  const [mean, ratio] = [at("mean_abs"), at("update_ratio")];
  if (mean === null) return [];
  const scale = series.exact?.scale ?? null;
  const share = scale === null ? "" : ` (${formatRelative(mean / scale)})`;
  const rows: ReadoutRow[] = [
    { name: "weights, on average", value: `${formatNumber(mean, 4)}${share}`, swatch: "exact" },
    { name: "weights, at most", value: formatNumber(at("max_abs")) },
  ];
  if (ratio !== null) rows.push({ name: "last update ‖Δ‖/‖w‖", value: formatNumber(ratio, 2) });
  return rows;
}

function movementRows(series: SeriesReply, unit: string | null, i: number): ReadoutRow[] {
  const exact = exactRows(series, i);
  return hasOnlyRecords(series) ? exact : [...exact, ...floorRows(series, unit, i)];
}

function floorRows(series: SeriesReply, unit: string | null, i: number): ReadoutRow[] {
  const bounded = boundedAt(series, i);
  const { movement, scale } = bounded;
  const own = (value: MaybeNumber, digits = 3) => formatNumber(value, digits);
  const share = (value: MaybeNumber) =>
    scale === null || value === null ? own(value, 2) : formatRelative(value / scale);
  const rows: ReadoutRow[] = [];
  const relative = formatRelative(series.relative_movement[i] ?? null);
  const name = series.exact ? "distribution" : "movement";
  const rms = series.rms[i] ?? null;
  if (rms !== null)
    rows.push({ name: "root mean square, exact", value: share(rms), swatch: "rms" });
  if (series.estimate && isGuess(series.estimate.method[i])) {
    const { mean_abs, lower, upper } = series.estimate;
    const ends = `${share(lower[i] ?? null)} to ${share(upper[i] ?? null)}`;
    const value = `about ${share(mean_abs[i] ?? null)} (${ends})`;
    rows.push({ name: "single values", value, swatch: "about" });
  }
  const mark = isUnresolved(bounded) ? ", below resolution" : "";
  const shown = own(movement, 4);
  if (unit === null) rows.push({ name, value: `${shown}${mark}` });
  else if (series.exact)
    rows.push({ name, value: `${shown} (${relative})${mark}`, swatch: "movement" });
  else {
    rows.push({ name: `of ${scaleName(series.scale_kind)}`, value: `${relative}${mark}` });
    rows.push({ name, value: `${shown}${mark}` });
  }
  if (movement) rows.push({ name: "between", value: betweenText(bounded), swatch: "bounds" });
  rows.push({
    name: "resolution",
    value: share(series.resolution[i] ?? null),
    swatch: "resolution",
  });
  if (!isUnresolved(bounded))
    rows.push({ name: "per step since the one before", value: own(series.speed[i] ?? null) });
  return rows;
}

interface LinesProps {
  plot: Plot;
  series: SeriesReply;
  lines: MovementLines;
}

function Lines({ plot, series, lines }: LinesProps) {
  const { steps } = series;
  const { values, lower, upper, resolution, low, high } = lines;
  const floor = resolution.map((value) => (value === null ? null : low));
  const within = resolution.map((value) => (value !== null && value < high ? value : null));
  return (
    <g class="movement">
      {has(resolution) && (
        <path
          class="resolution-zone"
          data-testid="resolution-zone"
          d={areaPath(plot, steps, floor, resolution)}
        />
      )}
      {has(resolution) && <path class="resolution-edge" d={linePath(plot, steps, within)} />}
      {has(upper) && (
        <path
          class="bounds-band"
          data-testid="bounds-band"
          d={areaPath(plot, steps, lower, upper)}
        />
      )}
      <path class="movement-line" d={linePath(plot, steps, values)} />
      {has(lines.rms) && (
        <path class="rms-line" data-testid="rms-line" d={linePath(plot, steps, lines.rms)} />
      )}
      {has(lines.about.middle) && <AboutLines plot={plot} steps={steps} about={lines.about} />}
      {series.exact && <ExactLine plot={plot} steps={series.exact.steps} values={lines.exact} />}
      <Dots plot={plot} steps={steps} values={values} />
    </g>
  );
}

type AboutProps = Pick<MovementLines, "about">;

interface LineProps {
  plot: Plot;
  steps: readonly number[];
  values: readonly MaybeNumber[];
}

/** A dotted line between two thin ones, whatever their colour. */
function AboutLines({ plot, steps, about }: Pick<LineProps, "plot" | "steps"> & AboutProps) {
  return (
    <g class="about" data-testid="about-line">
      <path class="about-line" d={linePath(plot, steps, about.middle)} />
      <path class="about-edge" d={linePath(plot, steps, about.least)} />
      <path class="about-edge" d={linePath(plot, steps, about.most)} />
    </g>
  );
}

function ExactLine({ plot, steps, values }: LineProps) {
  return (
    <g class="exact" data-testid="exact-line">
      <path class="exact-line" d={linePath(plot, steps, values)} />
      <Dots plot={plot} steps={steps} values={values} />
    </g>
  );
}

/** Each step, where they are few enough to be told apart. */
function Dots({ plot, steps, values }: LineProps) {
  if (steps.length > MOST_DOTS) return null;
  return (
    <>
      {steps.map((step, i) => {
        const value = values[i];
        if (!isNumber(value)) return null;
        return <circle key={step} cx={plot.x(step)} cy={plot.y(value)} r={2.25} />;
      })}
    </>
  );
}

function has(values: readonly MaybeNumber[]): boolean {
  return values.some((value) => value !== null && value > 0);
}

function MovementLegend({ lines, series }: { lines: MovementLines; series: SeriesReply }) {
  const { upper, resolution, beyond, unit } = lines;
  const end = unit === null ? formatNumber(beyond, 2) : formatRelative((beyond ?? 0) / 100);
  return (
    <div class="legend">
      {series.exact && (
        <Key swatch="exact" title="The mean of |w − w₀| over all weights">
          exact
        </Key>
      )}
      {series.exact && !hasOnlyRecords(series) && (
        <Key swatch="movement" title="Moves up and down cancel in a distribution: this is a floor">
          distribution
        </Key>
      )}
      {has(lines.rms) && (
        <Key swatch="rms" title={ROOT_MEAN_SQUARE}>
          root mean square
        </Key>
      )}
      {has(lines.about.middle) && (
        <Key swatch="about" title={ESTIMATED}>
          single values, about
        </Key>
      )}
      {has(upper) && (
        <Key
          swatch="bounds"
          title="The movement lies in here wherever the values are inside their buckets"
        >
          {beyond === null ? "bounds" : `bounds (up to ${end})`}
        </Key>
      )}
      {has(resolution) && (
        <Key
          swatch="resolution"
          title="In here the buckets cannot tell movement from interpolation error"
        >
          below resolution
        </Key>
      )}
    </div>
  );
}
