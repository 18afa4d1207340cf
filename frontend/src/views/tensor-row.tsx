import { useMemo } from "preact/hooks";
import { isUnresolved, relativeBounds } from "../bounds";
import { LogBar } from "../charts/log-bar";
import { Sparkline } from "../charts/sparkline";
import type { SharedEnds } from "../names";
import type { Row } from "../rows";
import { FlagMark } from "./flags";
import { MovementText, movementInFull } from "./movement-text";
import { TagName } from "./tag-name";
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
