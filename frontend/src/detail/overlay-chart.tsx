import { useMemo } from "preact/hooks";
import type { SeriesReply } from "../api/replies";
import { EndLabel, type ReadoutRow } from "../charts/frame";
import { linePath, namedEnds } from "../charts/lines";
import { CHARACTER, type Plot } from "../charts/plot";
import { StepFigure, type StepFigureProps } from "../charts/step-chart";
import { fileName } from "../host/files";
import { textWidth } from "../host/text-width";
import { Names, sharedEnds } from "../model/names";
import { shortNames } from "../model/run-list";
import type { Zoom } from "../model/series";
import type { OverlaidSeries } from "../store/compared";
import type { Store } from "../store/store";
import { RunKey } from "../ui/marks";
import { shownName, visible } from "../words/names";
import { isNumber, plural } from "../words/numbers";
import { axisOf } from "./movement";
import { type OverlaidLine, type OverlayPicture, overlayPicture, overlayReadings } from "./overlay";

const LABEL_GAP = 13;
const LONGEST_LABEL = 16;

interface Props {
  store: Store;
  lead: SeriesReply;
  zoom: Zoom | null;
  height: number;
}

/** The same tensor of each run over one axis. */
export function RunsChart(props: Props) {
  const { lead, store } = props;
  const all = store.comparedSeries.value;
  return (
    <OverlayChart
      {...props}
      all={all}
      shorten={shortRuns}
      testid="chart-runs"
      title={`Movement in ${plural(all.length, "run")}`}
      hint="Wasserstein-1 distance between each step's and the baseline's distribution, run by run"
      note="the same tensor in each run; thin where its buckets cannot tell movement from none"
      file={fileName(lead.tag, "movement-in-runs")}
      label={`Movement of ${shownName(lead.tag)} over training steps in ${plural(all.length, "run")}`}
    />
  );
}

/** The chosen tensor and those that were pinned, over one axis. */
export function PinnedChart(props: Props) {
  const { lead, store } = props;
  const all = store.pinnedSeries.value;
  return (
    <OverlayChart
      {...props}
      all={all}
      shorten={shortTensors}
      unpin={store.togglePin}
      testid="chart-pinned"
      title={`Movement of ${plural(all.length, "tensor")}`}
      hint="Wasserstein-1 distance between each step's and the baseline's distribution, tensor by tensor"
      note="the chosen tensor and the pinned ones; thin where buckets cannot tell movement from none"
      file={fileName(lead.run, "movement-of-pinned")}
      label={`Movement of ${plural(all.length, "tensor")} of ${shownName(lead.run)} over training steps`}
    />
  );
}

type Words = Pick<StepFigureProps, "testid" | "title" | "hint" | "note" | "file" | "label">;

interface OverlayProps extends Props, Words {
  all: readonly OverlaidSeries[];
  /** Short enough to stand at the end of a line. */
  shorten: (names: readonly string[]) => Shortened;
  unpin?: (name: string) => void;
}

function OverlayChart({ store, lead, zoom, height, all, shorten, unpin, ...words }: OverlayProps) {
  const [xAxis, movementAxis] = [store.xAxis.value, store.movementAxis.value];
  const { picture, names, draw } = useMemo(() => {
    const there = all.flatMap(({ name, slot, series: { data } }) => {
      if (data === null) return [];
      const leads = data.run === lead.run && data.tag === lead.tag;
      return [{ name, slot, series: leads ? lead : data }];
    });
    const picture = overlayPicture({ lead, all: there, xAxis, movementAxis, zoom });
    const names = shorten(there.map(({ name }) => name));
    const draw = (plot: Plot) => <Lines plot={plot} picture={picture} names={names} />;
    return { picture, names, draw };
  }, [all, lead, xAxis, movementAxis, zoom]);
  const { unit, lines, axis, stops, yDomain, log } = picture;
  const readout = (i: number) => rowsAt(picture, stops[i] ?? 0);
  const room = 16 + CHARACTER * Math.max(3, ...[...names.values()].map(({ length }) => length));
  return (
    <StepFigure
      {...{ store, axis, height, readout, ...words }}
      legend={<Legend {...{ all, lines, unpin }} />}
      steps={stops}
      lines={lines.map(({ values }) => values)}
      remark={all.some(({ series }) => series.loading) ? "" : null}
      yDomain={yDomain}
      yLog={log}
      {...axisOf("movement", unit, yDomain[1])}
      marginRight={room}
    >
      {draw}
    </StepFigure>
  );
}

function rowsAt(picture: OverlayPicture, stop: number): ReadoutRow[] {
  return overlayReadings(picture, stop).map(({ name, slot, value, note }) => ({
    name: shownName(name),
    value: note ? `${value} (${note})` : value,
    swatch: `run-mark run-slot-${slot}`,
  }));
}

type Shortened = ReadonlyMap<string, string>;

/** What tells names of runs apart stands mostly at their end. */
function shortRuns(runs: readonly string[]): Shortened {
  const cut = (name: string) => {
    const own = [...visible(name)];
    return own.length > LONGEST_LABEL ? `…${own.slice(1 - LONGEST_LABEL).join("")}` : own.join("");
  };
  return new Map([...shortNames(runs)].map(([run, name]) => [run, shownName(cut(name))]));
}

function shortTensors(tags: readonly string[]): Shortened {
  const names = new Names(tags, sharedEnds(tags), textWidth());
  return new Map(tags.map((tag) => [tag, names.text(tag, LONGEST_LABEL * CHARACTER)]));
}

interface LinesProps {
  plot: Plot;
  picture: OverlayPicture;
  names: ReadonlyMap<string, string>;
}

function Lines({ plot, picture, names }: LinesProps) {
  const lines = picture.log ? picture.lines.map(aboveZero) : picture.lines;
  return (
    <g class="runs">
      {lines.map(({ name, slot, at, values, resolved }) => (
        <g key={name} class={`run-slot-${slot}`} data-name={name} data-testid="run-line">
          <path class="run-line unresolved" d={linePath(plot, at, values)} />
          <path class="run-line" d={linePath(plot, at, resolved)} />
        </g>
      ))}
      {namedEnds(plot, lines, LABEL_GAP).map(({ name, slot, at, lineY, textY }) => (
        <g key={name} class={`run-slot-${slot}`}>
          <EndLabel
            {...{ plot, lineY, textY }}
            from={Math.min(plot.right, plot.x(at.at(-1) ?? 0)) + 1}
            name={names.get(name)}
          />
        </g>
      ))}
    </g>
  );
}

/** There is no logarithm of 0: there a line has a gap. */
function aboveZero(line: OverlaidLine): OverlaidLine {
  const above = (values: OverlaidLine["values"]) =>
    values.map((value) => (isNumber(value) && value > 0 ? value : null));
  return { ...line, values: above(line.values), resolved: above(line.resolved) };
}

interface LegendProps {
  all: readonly OverlaidSeries[];
  lines: readonly OverlaidLine[];
  unpin: ((name: string) => void) | undefined;
}

/** Every one, also what is still on its way or could not be read. */
function Legend({ all, lines, unpin }: LegendProps) {
  const drawn = new Set(lines.map(({ name }) => name));
  return (
    <div class="legend">
      {all.map(({ name, slot, isPinned, series: { error } }) => (
        <span key={name} title={error && !drawn.has(name) ? error.message : name}>
          <RunKey slot={slot} />
          {shownName(name)}
          {!drawn.has(name) && (error ? " (could not be read)" : " …")}
          {isPinned && (
            <button
              type="button"
              class="unpin"
              aria-label={`Unpin ${shownName(name)}`}
              onClick={() => unpin?.(name)}
            >
              ×
            </button>
          )}
        </span>
      ))}
    </div>
  );
}
