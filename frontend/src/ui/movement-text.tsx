import type { ScaleKind } from "../api/replies";
import { boundsText, isUnresolved, tooWide } from "../model/bounds";
import type { Floor, Row } from "../model/rows";
import { relativeUnit } from "../words/labels";
import { formatNumber, formatRelative, NOTHING } from "../words/numbers";

/** What the percentage is of; an absolute movement has no unit but the tensor's own. */
const OF_WHAT: Record<ScaleKind, string> = {
  std: "spread",
  constant: "value",
  rms: "RMS",
  none: "absolute",
};

/** A tensor's movement at its last step: a number, or bounds where the buckets tell no more. */
export function MovementText({ row }: { row: Row }) {
  const { shown, of } = inWords(row);
  return (
    <>
      {row.floor && (
        <i class="exact-mark" title="Exact: recorded weight by weight">
          =
        </i>
      )}
      {isUnresolved(row) ? <span class="bounds">{shown}</span> : <b>{shown}</b>}
      <span class="unit">{of}</span>
    </>
  );
}

function inWords(row: Row): { shown: string; of: string } {
  const { relativeMovement, movement, scaleKind } = row;
  const own = relativeMovement === null;
  const shown = own ? formatNumber(movement, 2) : formatRelative(relativeMovement);
  const of = OF_WHAT[own ? "none" : (scaleKind ?? "none")];
  return {
    shown: isUnresolved(row) ? boundsText(row) : shown,
    of: own && movement === null ? "" : of,
  };
}

/** The same in one line, to be read aloud. */
export function movementInShort(row: Row): string {
  const { shown, of } = inWords(row);
  return `moved ${shown} ${of}${row.floor ? ", exact" : ""}`;
}

/** What the histograms show of it. */
function floorText(floor: Floor): string {
  if (floor.movement === null) return "";
  const bounded = { ...floor, scale: relativeUnit(floor.scaleKind) === null ? null : floor.scale };
  const { movement, relativeMovement } = floor;
  const shown =
    relativeMovement === null ? formatNumber(movement, 2) : formatRelative(relativeMovement);
  return ` Its histograms show ${isUnresolved(bounded) ? boundsText(bounded) : shown}.`;
}

/** The same in full, for a title. */
export function movementInFull(row: Row): string {
  const { relativeMovement, movement } = row;
  const unit = relativeUnit(row.scaleKind);
  if (isUnresolved(row)) return tooWide(row, unit);
  if (movement === null) return "";
  const share = relativeMovement === null ? "" : `${relativeMovement * 100} ${unit ?? "%"}; `;
  const own = `${share}${movement} in the tensor's own unit`;
  return row.floor ? `Exact, weight by weight on average: ${own}.${floorText(row.floor)}` : own;
}

/** A movement as the page shows it. */
export function shownMovement(row: Row | null): string {
  if (row === null) return NOTHING;
  if (isUnresolved(row)) return boundsText(row);
  if (row.relativeMovement === null) return formatNumber(row.movement, 2);
  return formatRelative(row.relativeMovement);
}
