import { boundsText, isUnresolved, tooWide } from "../model/bounds";
import type { Floor, Row } from "../model/rows";
import { OWN_UNIT, relativeUnit, scaleName } from "../words/labels";
import { formatNumber, formatRelative, NOTHING } from "../words/numbers";

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
  const of = (own ? null : scaleName(scaleKind)) ?? "absolute";
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
  const bounded = { ...floor, scale: scaleName(floor.scaleKind) === null ? null : floor.scale };
  const { movement, relativeMovement } = floor;
  const shown =
    relativeMovement === null ? formatNumber(movement, 2) : formatRelative(relativeMovement);
  return ` Its histograms show ${isUnresolved(bounded) ? boundsText(bounded) : shown}.`;
}

/** The same in full, for a title. */
export function movementInFull(row: Row): string {
  const { relativeMovement, movement } = row;
  const unit = relativeUnit(row.scaleKind);
  if (isUnresolved(row)) return tooWide(row, row.scaleKind);
  if (movement === null) return "";
  const share = relativeMovement === null ? "" : `${relativeMovement * 100} ${unit ?? "%"}; `;
  const own = `${share}${movement} in ${OWN_UNIT}`;
  return row.floor ? `Exact, weight by weight on average: ${own}.${floorText(row.floor)}` : own;
}

/** A movement as the page shows it. */
export function shownMovement(row: Row | null): string {
  if (row === null) return NOTHING;
  if (isUnresolved(row)) return boundsText(row);
  if (row.relativeMovement === null) return formatNumber(row.movement, 2);
  return formatRelative(row.relativeMovement);
}
