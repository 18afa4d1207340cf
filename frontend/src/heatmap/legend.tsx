import type { MaybeNumber } from "../api/replies";
import { Ramp, Swatch } from "../charts/colour-scale";
import { BROKEN, type ColourScale, GAP, UNCHANGED, UNSCALED } from "../charts/colours";
import { type ChartTable, MOST_TENSORS, tensorLines } from "../charts/table-of-chart";
import { basisOf } from "../model/bounds";
import { colouredBy, MEASURE_WORDS, measuredText } from "../model/measures";
import { comparedWith, type Row, standInMovement } from "../model/rows";
import type { Store } from "../store/store";
import { isOwnStep } from "../words/baseline";
import { scaleName } from "../words/labels";
import { shownName } from "../words/names";
import { formatCount, formatNumber, formatRelative, isNumber, NOTHING } from "../words/numbers";
import type { HeatRow } from "./rows";

interface LegendProps {
  store: Store;
  rows: readonly HeatRow[];
  scale: ColourScale;
}

/** The scale of colours, and what has no place on it. */
export function HeatLegend({ store, rows, scale }: LegendProps) {
  const theme = store.theme.value;
  const measure = rows[0]?.measure ?? store.measure.value;
  const beside: [code: number, text: string, there: boolean][] = [
    [BROKEN, "NaN or infinity", rows.some(({ brokenFrom }) => brokenFrom !== null)],
    [UNCHANGED, "unchanged", true],
    [GAP, "gap", true],
    [UNSCALED, "started at 0: no scale", rows.some(({ unscaled }) => unscaled)],
  ];
  return (
    <div class="view-legend heat-legend" data-testid="heat-legend">
      <p>{colouredBy(measure)}</p>
      <Ramp theme={theme} scale={scale} measure={measure} />
      <div class="legend">
        {beside.map(
          ([code, text, there]) =>
            there && <Swatch key={text} theme={theme} code={code} text={text} />,
        )}
      </div>
    </div>
  );
}

/** What the cell under the pointer or the cursor says, in words. */
export function HeatReadout({ store }: { store: Store }) {
  const cell = store.cell.value;
  const baseline = store.overview.value.data?.baseline ?? "first";
  const row = cell && store.orderedRows.value.find(({ tag }) => tag === cell.tag);
  return (
    <p class="heat-readout" id="heat-readout" role="status" data-testid="heat-readout">
      {cell && row ? (
        <>
          <b class="heat-readout-tag">{shownName(row.tag)}</b>
          <span>{`step ${formatCount(cell.step)}`}</span>
          <span>{cellText(row, cell.step, isOwnStep(baseline))}</span>
        </>
      ) : (
        <span>Point at a cell to read it; click to select its tensor</span>
      )}
    </p>
  );
}

export function cellText(row: Row, step: number, ownBaseline = true): string {
  const movement = row.sparkline.values[row.sparkline.steps.lastIndexOf(step)] ?? null;
  if (!movement && ownBaseline && step === row.baselineStep) return "the baseline itself";
  if (movement === null && row.nonFiniteStep !== null && step >= row.nonFiniteStep)
    return "NaN or infinity";
  if (movement === null) return "gap: nothing logged that could be compared";
  if (row.sparkline.measure !== "movement") {
    const values = [movement];
    return `${MEASURE_WORDS[row.sparkline.measure].name} ${measuredText({ ...row, sparkline: { ...row.sparkline, values } })}`;
  }
  if (movement === 0) return "unchanged";
  const scale = scaleName(row.scaleKind);
  if (scale === null || row.scale === null) {
    const beside = standInMovement({ ...row, movement });
    const share = beside ? `${formatRelative(beside.relative)} of ${beside.of}` : "no scale";
    return `moved ${formatNumber(movement, 2)} in its own unit: ${share}`;
  }
  const share = `${formatRelative(movement / row.scale)} of ${scale}`;
  return `moved ${share}${resolutionText(row, movement, step)}`;
}

/** Each step has its own resolution; the overview knows that of the last one alone. */
function resolutionText(row: Row, movement: number, step: number): string {
  if (basisOf(movement, row.resolution) !== "bounds") return "";
  return step === row.lastStep ? ", below resolution" : ", below the last step's resolution";
}

/** The heat map's values: a row for each tensor, a column for each step that any of them has. */
export function heatTable(rows: readonly Row[]): ChartTable {
  const shown = rows.slice(0, MOST_TENSORS);
  const known = shown.flatMap(({ sparkline }) => sparkline.steps.filter(isNumber));
  const steps = [...new Set(known)].sort((a, b) => a - b);
  const line = (row: Row) => [shownName(row.tag), ...steps.map((step) => cell(row, step))];
  return {
    columns: ["tensor", ...steps.map((step) => `step ${formatCount(step)}`)],
    rows: tensorLines(rows, line),
  };
}

function cell(row: Row, step: number): string {
  const { sparkline, nonFiniteStep } = row;
  const movement: MaybeNumber = sparkline.values[sparkline.steps.indexOf(step)] ?? null;
  if (movement === null) return nonFiniteStep !== null && step >= nonFiniteStep ? "NaN" : NOTHING;
  if (row.sparkline.measure !== "movement")
    return measuredText({ ...row, sparkline: { ...row.sparkline, values: [movement] } });
  const scale = comparedWith(row);
  return scale === null ? formatNumber(movement, 2) : formatRelative(movement / scale);
}
