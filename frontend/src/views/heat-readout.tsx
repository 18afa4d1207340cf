import { formatCount, formatNumber, formatRelative } from "../format";
import type { Row } from "../rows";
import type { Store } from "../state";
import { relativeUnit } from "../words";

/** What the cell under the pointer or the cursor says, in words. */
export function HeatReadout({ store }: { store: Store }) {
  const cell = store.cell.value;
  const row = cell && store.orderedRows.value.find(({ tag }) => tag === cell.tag);
  return (
    <p class="heat-readout" id="heat-readout" role="status" data-testid="heat-readout">
      {cell && row ? (
        <>
          <b class="heat-readout-tag">{row.tag}</b>
          <span>{`step ${formatCount(cell.step)}`}</span>
          <span>{cellText(row, cell.step)}</span>
        </>
      ) : (
        <span>Point at a cell to read it; click to select its tensor</span>
      )}
    </p>
  );
}

export function cellText(row: Row, step: number): string {
  const movement = row.sparkline.movement[row.sparkline.steps.lastIndexOf(step)] ?? null;
  if (movement === null) return "gap: nothing logged that could be compared";
  if (movement === 0) return step === row.baselineStep ? "the baseline itself" : "unchanged";
  const unit = relativeUnit(row.scaleKind);
  if (unit === null || row.scale === null)
    return `moved ${formatNumber(movement, 2)} in its own unit: no scale`;
  const share = `${formatRelative(movement / row.scale)} ${unit.replace("% ", "")}`;
  return `moved ${share}${resolutionText(row, movement, step)}`;
}

/** Each step has its own resolution; the overview knows that of the last one alone. */
function resolutionText(row: Row, movement: number, step: number): string {
  if (row.resolution === null || movement >= row.resolution) return "";
  return step === row.lastStep ? ", below resolution" : ", below the last step's resolution";
}
