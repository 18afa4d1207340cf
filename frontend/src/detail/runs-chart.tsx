import { useMemo } from "preact/hooks";
import type { SeriesReply } from "../api/replies";
import { isArriving } from "../api/resource";
import { EndLabel, type ReadoutRow } from "../charts/frame";
import { linePath, namedEnds } from "../charts/lines";
import type { Plot } from "../charts/plot";
import { StepFigure } from "../charts/step-chart";
import { fileName } from "../host/files";
import { ratioPhrase } from "../model/ratios";
import type { Zoom } from "../model/series";
import type { ComparedSeries } from "../store/compared";
import type { Store } from "../store/store";
import { RunKey } from "../ui/marks";
import { OWN_UNIT } from "../words/labels";
import { shownName, visible } from "../words/names";
import { formatCount, isNumber } from "../words/numbers";
import { type RunLine, type RunsPicture, runReadings, runsPicture } from "./runs-lines";

const UNKNOWN = { kind: "unknown" } as const;

/** The chosen tensor in the other runs, in words: "In lr-1e-4 it moved 10 times less than …". */
export function RunSentences({ store }: { store: Store }) {
  const [runs, reference] = [store.comparedRuns.value, store.referenceRun.value];
  const compared = store.orderedComparison.value.find(({ tag }) => tag === store.shownTag.value);
  if (!compared || reference === null) return null;
  const others = runs
    .map(({ run, rows, overview }, i) => ({ run, rows, overview, row: compared.cells[i], i }))
    .filter(({ run, rows, overview, row }) => {
      const isMissing = !rows.has(compared.tag) && !isArriving(overview);
      return run !== reference && (row || isMissing);
    });
  return (
    <p class="run-sentences" data-testid="run-sentences">
      {compared.apart && "There is no common step, so each run is at its last: "}
      {compared.step !== null && `At step ${formatCount(compared.step)}: `}
      {others.map(({ run, row, i }) => (
        <span key={run}>
          In <b>{shownName(run)}</b>{" "}
          {row
            ? `${ratioPhrase(compared.ratios[i] ?? UNKNOWN, reference, row.sparkline.measure)}. `
            : "there is no such tensor. "}
        </span>
      ))}
    </p>
  );
}

const LABEL_GAP = 13;
const LONGEST_LABEL = 16;
const CHARACTER = 6.5;

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
      {...{ store, axis, height, readout }}
      testid="chart-runs"
      title={`Movement in ${lines.length} runs`}
      hint="Wasserstein-1 distance between each step's and the baseline's distribution, run by run"
      legend={<RunsLegend compared={compared} lines={lines} />}
      note="the same tensor in each run; thin where its buckets cannot tell movement from none"
      file={fileName(lead.tag, "movement-in-runs")}
      steps={stops}
      lines={lines.map(({ values }) => values)}
      remark={compared.some(({ series }) => series.loading) ? "" : null}
      yDomain={yDomain}
      yLog={log}
      yLabel={unit === null ? `movement, in ${OWN_UNIT}` : `movement, ${unit}`}
      label={`Movement of ${shownName(lead.tag)} over training steps in ${lines.length} runs`}
      marginRight={room}
    >
      {draw}
    </StepFigure>
  );
}

function rowsAt(picture: RunsPicture, stop: number): ReadoutRow[] {
  return runReadings(picture, stop).map(({ run, slot, value, note }) => ({
    name: shownName(run),
    value: note ? `${value} (${note})` : value,
    swatch: `run-mark run-slot-${slot}`,
  }));
}

/** The folder that all runs are in. */
function sharedFolder([first = "", ...others]: readonly string[]): string {
  let folder = "";
  for (const part of first.split("/").slice(0, -1)) {
    const next = `${folder}${part}/`;
    if (!others.every((run) => run.startsWith(next))) break;
    folder = next;
  }
  return folder;
}

/** What tells the names apart, short enough to stand at the end of a line. */
function shortNames(runs: readonly string[]): Map<string, string> {
  const folder = sharedFolder(runs);
  return new Map(
    runs.map((run) => {
      const own = [...visible(run.slice(folder.length) || run)];
      const cut = own.length > LONGEST_LABEL ? ["…", ...own.slice(1 - LONGEST_LABEL)] : own;
      return [run, shownName(cut.join(""))];
    }),
  );
}

interface LinesProps {
  plot: Plot;
  picture: RunsPicture;
  names: ReadonlyMap<string, string>;
}

function Lines({ plot, picture, names }: LinesProps) {
  const lines = picture.log ? picture.lines.map(aboveZero) : picture.lines;
  return (
    <g class="runs">
      {lines.map(({ run, slot, at, values, resolved }) => (
        <g key={run} class={`run-slot-${slot}`} data-run={run} data-testid="run-line">
          <path class="run-line unresolved" d={linePath(plot, at, values)} />
          <path class="run-line" d={linePath(plot, at, resolved)} />
        </g>
      ))}
      {namedEnds(plot, lines, LABEL_GAP).map(({ run, slot, at, lineY, textY }) => (
        <g key={run} class={`run-slot-${slot}`}>
          <EndLabel
            {...{ plot, lineY, textY }}
            from={Math.min(plot.right, plot.x(at.at(-1) ?? 0)) + 1}
            name={names.get(run)}
          />
        </g>
      ))}
    </g>
  );
}

/** There is no logarithm of 0: there a line has a gap. */
function aboveZero(line: RunLine): RunLine {
  const above = (values: RunLine["values"]) =>
    values.map((value) => (isNumber(value) && value > 0 ? value : null));
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
          {shownName(run)}
          {!drawn.has(run) && (error ? " (could not be read)" : " …")}
        </span>
      ))}
    </div>
  );
}
