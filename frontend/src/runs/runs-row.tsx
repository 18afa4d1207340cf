import { useMemo } from "preact/hooks";
import { isArriving } from "../api/resource";
import { isUnresolved } from "../model/bounds";
import type { Names } from "../model/names";
import { type Ratio, ratioPhrase, ratioText } from "../model/ratios";
import type { Row } from "../model/rows";
import type { ComparedRow, ComparedRun } from "../store/compared";
import { TagName, VerdictIcon } from "../ui/marks";
import { measureInFull, shownMeasure } from "../ui/movement-text";
import { verdictWord } from "../words/labels";
import { shownName } from "../words/names";
import { formatCount, NOTHING } from "../words/numbers";

/** A bar of half the cell's width stands for this factor. */
const WIDEST = 100;

interface Props {
  row: ComparedRow;
  runs: readonly ComparedRun[];
  reference: string;
  names: Names;
  /** For its name, in pixels. */
  room: number;
  /** Whether rows differ in the step that they are compared at. */
  tellsStep: boolean;
  index: number;
  selected: boolean;
  /** Null where the leading run does not have the tensor. */
  select: ((tag: string) => void) | null;
}

/** What is said of a row without a step at which its runs can be compared. */
const APART =
  "No step is known at which every run that has this tensor has a histogram beyond its first: " +
  "each run is at its own last step, and longer runs have had more time to move";

/** One tensor across the runs. */
export function RunsRow(props: Props) {
  const { row, runs, reference, names, room, tellsStep, index, selected, select } = props;
  const { tag, cells, ratios } = row;
  const drawn = useMemo(
    () =>
      runs.map(({ run, slot, overview, rows }, i) => (
        <td key={run} class={`run-cell run-slot-${slot}`} data-run={run}>
          <RunCell
            row={cells[i] ?? null}
            waiting={!cells[i] && isArriving(overview)}
            there={rows.has(tag)}
            run={run}
            reference={reference}
            ratio={ratios[i] ?? { kind: "unknown" }}
          />
        </td>
      )),
    [row, runs, reference],
  );
  return (
    <tr
      id={`runs-row-${index}`}
      aria-rowindex={index + 2}
      aria-selected={selected}
      aria-disabled={select === null}
      data-tag={tag}
      onClick={() => select?.(tag)}
    >
      <td class="cell-tag" title={tag}>
        <TagName tag={tag} names={names} room={room} />
      </td>
      {tellsStep && <StepCell row={row} />}
      {drawn}
    </tr>
  );
}

function StepCell({ row: { step, apart } }: { row: ComparedRow }) {
  if (!apart) return <td class="cell-step">{formatCount(step)}</td>;
  return (
    <td class="cell-step apart" title={APART} data-testid="no-common-step">
      own last
    </td>
  );
}

interface CellProps {
  row: Row | null;
  waiting: boolean;
  /** Whether the run has the tensor. */
  there: boolean;
  run: string;
  reference: string;
  ratio: Ratio;
}

function RunCell({ row, waiting, there, run, reference, ratio }: CellProps) {
  if (waiting) return <i class="skeleton" style={{ width: "70%" }} />;
  if (row === null) return <span class="not-there">{there ? NOTHING : "not in this run"}</span>;
  const { measure } = row.sparkline;
  const compared = run !== reference;
  const phrase = compared ? `${shownName(run)}: ${ratioPhrase(ratio, reference, measure)}. ` : "";
  const bounded = measure === "movement" && isUnresolved(row);
  return (
    <div
      class="run-figures"
      title={`${phrase}At step ${formatCount(row.lastStep)}. ${measureInFull(row)}`}
    >
      <span class={`run-verdict verdict-${row.verdict}`} title={verdictWord(row.verdict)}>
        <VerdictIcon verdict={row.verdict} />
      </span>
      <span class={bounded ? "run-movement bounds" : "run-movement"}>{shownMeasure(row)}</span>
      <span class="run-ratio" data-kind={ratio.kind}>
        {compared && ratioText(ratio, measure)}
      </span>
      {compared && <RatioBar ratio={ratio} />}
    </div>
  );
}

/** To the left less than the reference, to the right further, by the factor's logarithm. */
function RatioBar({ ratio }: { ratio: Ratio }) {
  if (ratio.kind !== "times" && ratio.kind !== "beyond") return null;
  const share = Math.min(1, Math.abs(Math.log(ratio.times)) / Math.log(WIDEST)) * 50;
  const left = ratio.times < 1 ? 50 - share : 50;
  return (
    <span class="ratio-bar" aria-hidden="true">
      <i style={{ left: `${left.toFixed(2)}%`, width: `${share.toFixed(2)}%` }} />
    </span>
  );
}
