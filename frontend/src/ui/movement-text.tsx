import type { Basis, Sense } from "../api/replies";
import { betweenText, boundsText, isUnresolved, relativeBounds, tooWide } from "../model/bounds";
import { MEASURE_WORDS, measuredText } from "../model/measures";
import { type Floor, measured, type Row, standInMovement } from "../model/rows";
import type { Store } from "../store/store";
import { MARKS, OWN_UNIT, relativeUnit, scaleName } from "../words/labels";
import { formatNumber, formatRelative, NOTHING } from "../words/numbers";

/** What is known exactly, and how. */
const EXACTLY: Partial<Record<Basis, string>> = {
  records: "Exact, weight by weight on average",
  moments: "Exact, the root mean square: from the sums that its writer logged",
};

/** A tensor's movement at its last step: a number, or bounds where the buckets tell no more. */
function MovementText({ row }: { row: Row }) {
  const { shown, of } = inWords(row);
  return (
    <>
      {row.sense === "exact" && (
        <i class="exact-mark" title={EXACTLY[row.basis]}>
          =
        </i>
      )}
      {row.sense === "at_least" && (
        <i class="floor-mark" title="Single values moved at least as far: moves up and down cancel">
          ≥
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
    shown: isUnresolved(row) ? boundedText(row) : shown,
    of: own && movement === null ? "" : of,
  };
}

/** Of bounds the upper one alone where the lower one says next to nothing. */
function boundedText(row: Row): string {
  if (row.sense !== "at_most") return boundsText(row);
  const bounds = relativeBounds(row);
  return `≤ ${bounds ? formatRelative(bounds[1]) : formatNumber(row.movementUpper, 2)}`;
}

/** The same in one line, to be read aloud. */
export function movementInShort(row: Row): string {
  const { shown, of } = inWords(row);
  const mark = row.sense === "at_least" ? "at least " : "";
  return `moved ${mark}${shown} ${of}${row.sense === "exact" ? ", exact" : ""}`;
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
  const beside = standInMovement(row);
  const against = beside ? `; ${formatRelative(beside.relative)} of ${beside.of}` : "";
  const own = `${share}${movement} in ${OWN_UNIT}${against}`;
  if (row.basis === "moments")
    return `${EXACTLY.moments}: ${own}. On average between ${betweenText(row)}.`;
  return row.floor ? `${EXACTLY.records}: ${own}.${floorText(row.floor)}` : own;
}

/** A movement as the page shows it. */
export function shownMovement(row: Row | null): string {
  if (row === null) return NOTHING;
  if (isUnresolved(row)) return boundedText(row);
  if (row.relativeMovement === null) return formatNumber(row.movement, 2);
  const mark = row.sense === "at_least" ? "≥ " : "";
  return `${mark}${formatRelative(row.relativeMovement)}`;
}

/** The chosen measure of a tensor at its last step. */
export function MeasureText({ row }: { row: Row }) {
  const { measure } = row.sparkline;
  if (measure === "movement") return <MovementText row={row} />;
  return (
    <>
      <b>{shownMeasure(row)}</b>
      <span class="unit">{measure === "speed" ? "a step" : ""}</span>
    </>
  );
}

/** The chosen measure as the page shows it. */
export function shownMeasure(row: Row | null): string {
  if (row === null || row.sparkline.measure === "movement") return shownMovement(row);
  if (measured(row) === null) return NOTHING;
  const isEstimate = row.sparkline.measure === "estimate" && row.basis !== "records";
  return `${isEstimate ? "about " : ""}${measuredText(row)}`;
}

/** In one line, to be read aloud. */
export function measureInShort(row: Row): string {
  const { measure } = row.sparkline;
  if (measure === "movement") return movementInShort(row);
  const { name } = MEASURE_WORDS[measure];
  return `${name} ${measured(row) === null ? NOTHING : measuredText(row)}`;
}

/** In full, for a title. */
export function measureInFull(row: Row): string {
  const { measure } = row.sparkline;
  return measure === "movement" ? movementInFull(row) : MEASURE_WORDS[measure].hint;
}

/** What the marks before the numbers below say. */
export function MarksSaid({ store }: { store: Store }) {
  const shown = new Set(store.shownRows.value.map(({ sense }) => sense));
  const about = store.measure.value === "estimate" ? "about: estimated" : "";
  const marks = Object.entries(MARKS).filter(([sense]) => shown.has(sense as Sense));
  const text = marks.map(([, { mark, word }]) => `${mark} ${word}`).join("  ");
  return (
    <span class="marks-said" data-testid="marks-said">
      {store.measure.value === "movement" ? text : about}
    </span>
  );
}
