import { useMemo } from "preact/hooks";
import { isArriving } from "../api/resource";
import { isUnresolved } from "../model/bounds";
import type { Names } from "../model/names";
import { type Ratio, ratioPhrase, ratioText } from "../model/ratios";
import type { Row } from "../model/rows";
import type { ComparedRow, ComparedRun } from "../store/compared";
import { TagName, VerdictIcon } from "../ui/marks";
import { movementInFull, shownMovement } from "../ui/movement-text";
import { verdictWord } from "../words/labels";
import { shownName } from "../words/names";

/** A bar of half the cell's width stands for this factor. */
const WIDEST = 100;

interface Props {
  row: ComparedRow;
  runs: readonly ComparedRun[];
  reference: string;
  names: Names;
  /** For its name, in pixels. */
  room: number;
  index: number;
  selected: boolean;
  /** Null where the leading run does not have the tensor. */
  select: ((tag: string) => void) | null;
}

/** One tensor across the runs. */
export function RunsRow({ row, runs, reference, names, room, index, selected, select }: Props) {
  const { tag, cells, ratios } = row;
  const drawn = useMemo(
    () =>
      runs.map(({ run, slot, overview }, i) => (
        <td key={run} class={`run-cell run-slot-${slot}`} data-run={run}>
          <RunCell
            row={cells[i] ?? null}
            waiting={!cells[i] && isArriving(overview)}
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
      {drawn}
    </tr>
  );
}

interface CellProps {
  row: Row | null;
  waiting: boolean;
  run: string;
  reference: string;
  ratio: Ratio;
}

function RunCell({ row, waiting, run, reference, ratio }: CellProps) {
  if (waiting) return <i class="skeleton" style={{ width: "70%" }} />;
  if (row === null) return <span class="not-there">not in this run</span>;
  const compared = run !== reference;
  const phrase = compared ? `${shownName(run)}: it ${ratioPhrase(ratio, reference)}. ` : "";
  return (
    <div class="run-figures" title={`${phrase}${movementInFull(row)}`}>
      <span class={`run-verdict verdict-${row.verdict}`} title={verdictWord(row.verdict)}>
        <VerdictIcon verdict={row.verdict} />
      </span>
      <span class={isUnresolved(row) ? "run-movement bounds" : "run-movement"}>
        {shownMovement(row)}
      </span>
      <span class="run-ratio" data-kind={ratio.kind}>
        {compared && ratioText(ratio)}
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
