import "../styles/runs-chart.css";
import { useMemo } from "preact/hooks";
import type { ComparedSeries } from "../compared";
import { fileName } from "../export/names";
import { sharedEnds } from "../names";
import type { SeriesReply } from "../replies";
import type { Store } from "../state";
import type { Zoom } from "../view-link";
import { OWN_UNIT } from "../words";
import { exists } from "./exists";
import type { ReadoutRow } from "./frame";
import { spreadLabels } from "./labels";
import { linePath } from "./lines";
import type { Plot } from "./plot";
import { RunKey } from "./run-key";
import { type RunLine, type RunsPicture, runReadings, runsPicture } from "./runs-lines";
import { StepFigure } from "./step-figure";

const LABEL_GAP = 13;
const LONGEST_LABEL = 16;
const CHARACTER = 6;

interface Props {
  store: Store;
  lead: SeriesReply;
  zoom: Zoom | null;
  height: number;
}

/** The same tensor of each run over one axis. */
export function RunsChart({ store, lead, zoom, height }: Props) {
  const compared = store.comparedSeries.value;
  const [xAxis, movementAxis] = [store.xAxis.value, store.movementAxis.value];
  const { picture, names, draw } = useMemo(() => {
    const runs = compared.flatMap(({ run, slot, series: { data } }) =>
      data === null ? [] : [{ run, slot, series: run === lead.run ? lead : data }],
    );
    const picture = runsPicture({ lead, runs, xAxis, movementAxis, zoom });
    const names = shortNames(runs.map(({ run }) => run));
    const draw = (plot: Plot) => <Lines plot={plot} picture={picture} names={names} />;
    return { picture, names, draw };
  }, [compared, lead, xAxis, movementAxis, zoom]);
  const { unit, lines, axis, stops, yDomain, log } = picture;
  const readout = (i: number) => rowsAt(picture, stops[i] ?? 0);
  const room = 16 + CHARACTER * Math.max(3, ...[...names.values()].map(({ length }) => length));
  return (
    <StepFigure
      testid="chart-runs"
      title={`Movement in ${lines.length} runs`}
      hint="Wasserstein-1 distance between each step's and the baseline's distribution, run by run"
      legend={<RunsLegend compared={compared} lines={lines} />}
      note="the same tensor in each run; thin where its buckets cannot tell movement from none"
      file={fileName(lead.tag, "movement-in-runs")}
      store={store}
      steps={stops}
      axis={axis}
      yDomain={yDomain}
      yLog={log}
      yLabel={unit === null ? `movement, in ${OWN_UNIT}` : `movement, ${unit}`}
      label={`Movement of ${lead.tag} over training steps in ${lines.length} runs`}
      height={height}
      marginRight={room}
      readout={readout}
    >
      {draw}
    </StepFigure>
  );
}

function rowsAt(picture: RunsPicture, stop: number): ReadoutRow[] {
  return runReadings(picture, stop).map(({ run, slot, value, note }) => ({
    name: run,
    value: note ? `${value} (${note})` : value,
    swatch: `run-mark run-slot-${slot}`,
  }));
}

/** What tells the names apart, short enough to stand at the end of a line. */
export function shortNames(runs: readonly string[]): Map<string, string> {
  const { prefix, suffix } = sharedEnds(runs);
  return new Map(
    runs.map((run) => {
      const own = run.slice(prefix.length, run.length - suffix.length) || run;
      return [run, own.length > LONGEST_LABEL ? `…${own.slice(1 - LONGEST_LABEL)}` : own];
    }),
  );
}

interface LinesProps {
  plot: Plot;
  picture: RunsPicture;
  names: ReadonlyMap<string, string>;
}

function Lines({ plot, picture, names }: LinesProps) {
  const shown = picture.log ? aboveZero : (line: RunLine) => line;
  const ends = picture.lines
    .map((line) => ({ ...line, end: shown(line).values.findLast(exists) }))
    .filter(({ end }) => end !== undefined)
    .sort((a, b) => (b.end ?? 0) - (a.end ?? 0));
  const wanted = ends.map(({ end }) => plot.y(end ?? 0));
  const places = spreadLabels(wanted, LABEL_GAP, plot.top, plot.bottom);
  return (
    <g class="runs">
      {picture.lines.map(shown).map(({ run, slot, at, values, resolved }) => (
        <g key={run} class={`run-slot-${slot}`} data-run={run} data-testid="run-line">
          <path class="run-line unresolved" d={linePath(plot, at, values)} />
          <path class="run-line" d={linePath(plot, at, resolved)} />
        </g>
      ))}
      {ends.map(({ run, slot, at }, i) => {
        const from = Math.min(plot.right, plot.x(at.at(-1) ?? 0));
        return (
          <g key={run} class={`end-label run-slot-${slot}`}>
            <path d={`M${from + 2},${wanted[i]}L${plot.right + 8},${places[i]}`} />
            <text x={plot.right + 11} y={places[i]} dy="0.32em">
              {names.get(run)}
            </text>
          </g>
        );
      })}
    </g>
  );
}

/** There is no logarithm of 0: there a line has a gap. */
function aboveZero(line: RunLine): RunLine {
  const above = (values: RunLine["values"]) =>
    values.map((value) => (exists(value) && value > 0 ? value : null));
  return { ...line, values: above(line.values), resolved: above(line.resolved) };
}

interface LegendProps {
  compared: readonly ComparedSeries[];
  lines: readonly RunLine[];
}

/** Every run, also one that is still on its way or could not be read. */
function RunsLegend({ compared, lines }: LegendProps) {
  const drawn = new Set(lines.map(({ run }) => run));
  return (
    <div class="legend">
      {compared.map(({ run, slot, series: { error } }) => (
        <span key={run} title={error && !drawn.has(run) ? error.message : run}>
          <RunKey slot={slot} />
          {run}
          {!drawn.has(run) && (error ? " (could not be read)" : " …")}
        </span>
      ))}
    </div>
  );
}
