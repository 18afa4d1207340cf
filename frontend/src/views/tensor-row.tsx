import { useMemo } from "preact/hooks";
import { boundsText, isUnresolved, relativeBounds, tooWide } from "../bounds";
import { LogBar } from "../charts/log-bar";
import { Sparkline } from "../charts/sparkline";
import { formatNumber, formatRelative } from "../format";
import type { ScaleKind } from "../replies";
import type { Row } from "../rows";
import { relativeUnit } from "../words";
import { FlagMark } from "./flags";
import { type SharedEnds, TagName } from "./tag-name";
import { VerdictChip } from "./verdict-chip";

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
        />
      </td>
      <MovementCell row={row} />
    </>
  );
}

/** What the percentage is of; an absolute movement has no unit but the tensor's own. */
const OF_WHAT: Record<ScaleKind, string> = { std: "spread", constant: "value", none: "absolute" };

function MovementCell({ row }: { row: Row }) {
  const { relativeMovement, movement, scaleKind } = row;
  const value = relativeMovement ?? movement;
  const unit = relativeUnit(scaleKind);
  const unresolved = isUnresolved(row);
  return (
    <td
      class="cell-movement"
      data-testid="cell-movement"
      data-value={value ?? ""}
      title={unresolved ? tooWide(row, unit) : inFull(row, unit)}
    >
      {unresolved ? (
        <span class="bounds">{boundsText(row)}</span>
      ) : (
        <b>
          {relativeMovement === null ? formatNumber(movement, 2) : formatRelative(relativeMovement)}
        </b>
      )}
      <span class="unit">
        {value === null ? "" : OF_WHAT[relativeMovement === null ? "none" : (scaleKind ?? "none")]}
      </span>
    </td>
  );
}

function inFull({ relativeMovement, movement }: Row, unit: string | null): string {
  if (movement === null) return "";
  const share = relativeMovement === null ? "" : `${relativeMovement * 100} ${unit ?? "%"}; `;
  return `${share}${movement} in the tensor's own unit`;
}
