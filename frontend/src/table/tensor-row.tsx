import { useMemo } from "preact/hooks";
import { isUnresolved, relativeBounds } from "../model/bounds";
import type { SharedEnds } from "../model/groups";
import type { Row } from "../model/rows";
import { GroupButton, type GroupButtonProps } from "../ui/group-button";
import { FlagMark, TagName, VerdictChip } from "../ui/marks";
import { MovementText, movementInFull } from "../ui/movement-text";
import { verdictWord } from "../words/labels";
import { formatCompact, formatCount, formatRelative } from "../words/numbers";
import { LogBar, Sparkline } from "./bars";

interface Props {
  row: Row;
  shared: SharedEnds;
  index: number;
  selected: boolean;
  select: (tag: string) => void;
}

/** A row is drawn once and kept while the table scrolls: only its place and selection change. */
export function TensorRow({ row, shared, index, selected, select }: Props) {
  const cells = useMemo(() => <Cells row={row} shared={shared} />, [row, shared]);
  return (
    <tr
      id={`tensor-row-${index}`}
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-tag={row.tag}
      onClick={() => select(row.tag)}
    >
      {cells}
    </tr>
  );
}

function Cells({ row, shared }: Pick<Props, "row" | "shared">) {
  return (
    <>
      <td class="cell-tag" title={row.tag}>
        <TagName tag={row.tag} shared={shared} />
      </td>
      <td class="cell-role">{row.role}</td>
      <td class="cell-verdict">
        <VerdictChip verdict={row.verdict} title={row.sentence} />
        <FlagMark row={row} />
      </td>
      <td class="cell-sparkline">
        <Sparkline steps={row.sparkline.steps} values={row.sparkline.movement} />
      </td>
      <td class="cell-bar">
        <LogBar
          value={row.relativeMovement}
          bounds={isUnresolved(row) ? relativeBounds(row) : null}
          exact={row.floor !== null}
          floor={row.floor?.movement != null && row.scale ? row.floor.movement / row.scale : null}
        />
      </td>
      <td
        class="cell-movement"
        data-testid="cell-movement"
        data-value={row.relativeMovement ?? row.movement ?? ""}
        title={movementInFull(row)}
      >
        <MovementText row={row} />
      </td>
    </>
  );
}

interface GroupProps extends GroupButtonProps {
  index: number;
  /** Whether the chosen tensor is folded away in it. */
  holdsSelection: boolean;
}

/** What the tensors of one scope have in common, as tall as any other row. */
export function GroupRow({ index, holdsSelection, ...head }: GroupProps) {
  const { scope, worst, elements, relativeMovement } = head.group;
  return (
    <tr
      id={`tensor-row-${index}`}
      class="group-row"
      aria-rowindex={index + 2}
      aria-selected={holdsSelection}
      data-testid="group-row"
      data-scope={scope}
    >
      <td class="cell-tag">
        <GroupButton {...head} />
      </td>
      <td class="cell-role" />
      <td class="cell-verdict">
        <VerdictChip verdict={worst} title={`The most serious verdict: ${verdictWord(worst)}`} />
      </td>
      <td class="cell-sparkline group-elements" title={`${formatCount(elements)} values in all`}>
        {elements === null ? "" : `${formatCompact(elements)} values`}
      </td>
      <td class="cell-bar">
        <LogBar value={relativeMovement} bounds={null} />
      </td>
      <td class="cell-movement" title="The largest relative movement of its tensors">
        <b>{formatRelative(relativeMovement)}</b>
        <span class="unit">{relativeMovement === null ? "" : "largest"}</span>
      </td>
    </tr>
  );
}
