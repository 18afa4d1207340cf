import { exists } from "../charts/exists";
import type { ChartTable } from "../charts/table";
import { formatNumber, formatRelative, NOTHING, plural } from "../format";
import type { MaybeNumber } from "../replies";
import type { Row } from "../rows";

/** More rows are read by nobody: a filter brings those that are wanted. */
const MOST_ROWS = 200;

/** The heat map's values: a row for each tensor, a column for each step that any of them has. */
export function heatTable(rows: readonly Row[]): ChartTable {
  const shown = rows.slice(0, MOST_ROWS);
  const known = shown.flatMap(({ sparkline }) => sparkline.steps.filter(exists));
  const steps = [...new Set(known)].sort((a, b) => a - b);
  const lines = shown.map((row) => [row.tag, ...steps.map((step) => cell(row, step))]);
  const more = rows.length - shown.length;
  return {
    columns: ["tensor", ...steps.map((step) => `step ${step}`)],
    rows: more > 0 ? [...lines, [`and ${plural(more, "tensor")} more: filter them`]] : lines,
  };
}

function cell({ scale, scaleKind, sparkline }: Row, step: number): string {
  const movement: MaybeNumber = sparkline.movement[sparkline.steps.indexOf(step)] ?? null;
  if (movement === null) return NOTHING;
  return scaleKind === "none" || !scale
    ? formatNumber(movement, 2)
    : formatRelative(movement / scale);
}
