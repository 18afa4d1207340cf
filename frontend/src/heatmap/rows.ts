import type { MaybeNumber, Measure } from "../api/replies";
import { BROKEN, type ColourScale, codeOf, heatScale, NOTHING_THERE } from "../charts/colours";
import type { Domain } from "../charts/scale";
import type { Entry, Group } from "../model/groups";
import { coloured, hasNoScale } from "../model/measures";
import type { Names } from "../model/names";
import type { Row } from "../model/rows";
import { isNumber } from "../words/numbers";

/** One tensor over the steps: its i-th value holds from `starts[i]` to `ends[i]`. */
export interface HeatRow {
  tag: string;
  measure: Measure;
  steps: readonly number[];
  starts: readonly number[];
  ends: readonly number[];
  /** What each step is coloured by; null where nothing could be compared. */
  values: readonly MaybeNumber[];
  /** Every value started at 0, and nothing stands in for a scale. */
  unscaled: boolean;
  /** From here on it holds NaN or infinity where it holds no value. */
  brokenFrom: number | null;
  /** Which of the steps is the baseline itself, and so has nothing to say; -1 where none is. */
  baselineAt: number;
}

/** The rows by tag. One that never held a number begins where the cells of the others do. */
export function heatRows(rows: readonly Row[], ownBaseline: boolean): Map<string, HeatRow> {
  const all = rows.map((row) => heatRow(row, ownBaseline));
  const usual = all.find(({ steps }) => steps.length > 0);
  const start = usual ? (usual.starts[0] ?? 0) - (usual.steps[0] ?? 0) : 0;
  const place = (row: HeatRow, { nonFiniteStep: broke }: Row): HeatRow =>
    row.steps.length > 0 || broke === null ? row : { ...row, brokenFrom: broke + start };
  return new Map(rows.map((row, i) => [row.tag, place(all[i] ?? heatRow(row), row)]));
}

export function heatRow(row: Row, ownBaseline = true): HeatRow {
  const { tag, keptSteps, nonFiniteStep, sparkline } = row;
  const known = sparkline.steps.flatMap((step, i) => (isNumber(step) ? [{ step, i }] : []));
  const steps = known.map(({ step }) => step);
  const all = coloured(row);
  const values = known.map(({ i }) => all[i] ?? null);
  // The step that broke has a cell as all others: what is beside it ends where it does in each row.
  const cells = [...new Set([...steps, nonFiniteStep].filter(isNumber))].sort((a, b) => a - b);
  const { starts, ends } = extents(cells, (keptSteps ?? 0) > steps.length);
  const at = (edges: readonly number[]) => steps.map((step) => edges[cells.indexOf(step)] ?? step);
  const broken = nonFiniteStep === null ? undefined : starts[cells.indexOf(nonFiniteStep)];
  return {
    tag,
    measure: sparkline.measure,
    steps,
    values,
    unscaled: hasNoScale(row),
    starts: at(starts),
    ends: at(ends),
    brokenFrom: broken ?? null,
    baselineAt: ownBaseline
      ? steps.findIndex((step, i) => step === row.baselineStep && !values[i])
      : -1,
  };
}

/** The scale of the lines that are there to be seen: what is folded away stretches no colours. */
export function scaleOf(lines: readonly HeatLine[], wanted: Measure): ColourScale {
  const rows = rowsIn(lines);
  return heatScale(rows[0]?.measure ?? wanted, largestOf(rows));
}

function largestOf(rows: Iterable<HeatRow>): number {
  let largest = 0;
  for (const { values, unscaled } of rows)
    if (!unscaled)
      for (const value of values) if (isNumber(value)) largest = Math.max(largest, value);
  return largest;
}

/** A step is missing after this many times the usual distance; thinned steps are less even. */
const MISSING = 1.5;
const MISSING_OF_THINNED = 2.5;
/** So many of the distances make a cadence; without one, as with steps 1, 2, 4, 8, none is missing. */
const MOST = 0.75;

/** Each step reaches half-way to its neighbours, but over a gap only half its usual distance. */
function extents(steps: readonly number[], thinned: boolean): Pick<HeatRow, "starts" | "ends"> {
  const distances = steps.slice(1).map((step, i) => step - (steps[i] ?? step));
  const usual = [...distances].sort((a, b) => a - b)[Math.floor(distances.length / 2)] ?? 1;
  const limit = usual * (thinned ? MISSING_OF_THINNED : MISSING);
  const near = distances.filter((distance) => distance <= limit).length;
  const regular = near >= MOST * distances.length;
  const reach = (distance = usual) => (regular && distance > limit ? usual : distance) / 2;
  return {
    starts: steps.map((step, i) => step - reach(distances[i - 1])),
    ends: steps.map((step, i) => step + reach(distances[i])),
  };
}

/** From the first to the last step that any tensor has. */
export function heatDomain(rows: readonly HeatRow[]): Domain {
  let low = Infinity;
  let high = -Infinity;
  for (const { starts, ends, brokenFrom } of rows) {
    low = Math.min(low, starts[0] ?? brokenFrom ?? low);
    const last = ends.at(-1) ?? high;
    const [start = 0] = starts;
    // A broken one is shown at least one cell long.
    const broken = brokenFrom === null ? last : brokenFrom + ((ends[0] ?? start) - start);
    high = Math.max(high, last, broken);
  }
  if (low > high) return [0, 1];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

/** The codes of a row in `width` columns over the domain. */
export function heatColumns(
  row: HeatRow,
  [low, high]: Domain,
  width: number,
  scale: ColourScale,
): Uint8Array {
  const codes = new Uint8Array(width);
  const column = (step: number) => Math.round(((step - low) / (high - low)) * width);
  if (row.brokenFrom !== null) codes.fill(BROKEN, Math.max(0, column(row.brokenFrom)));
  row.steps.forEach((_, i) => {
    const start = Math.min(width - 1, column(row.starts[i] ?? low));
    const end = Math.max(start + 1, column(row.ends[i] ?? high));
    const code = codeOf(row.values[i] ?? null, row.unscaled, scale);
    codes.fill(i === row.baselineAt ? NOTHING_THERE : code, start, end);
  });
  return codes;
}

/** The index of the value that holds at the step; -1 in a gap. */
export function valueAt(row: HeatRow, step: number): number {
  return row.steps.findIndex((_, i) => (row.starts[i] ?? 0) <= step && step <= (row.ends[i] ?? 0));
}

const LOWEST_ROW = 16;
/** The head of a group is a button. */
const LOWEST_HEAD = 24;
const HIGHEST_ROW = 32;

/** Rows fill the room they have, within what can be read and told apart. */
export function heatRowHeight(rows: number, room: number, heads = false): number {
  const fitting = Math.floor(room / Math.max(1, rows));
  return Math.min(HIGHEST_ROW, Math.max(heads ? LOWEST_HEAD : LOWEST_ROW, fitting));
}

/** The pixels of a line on the canvas, from its first to the next line's first: none between. */
export function pixelsOf(index: number, rowHeight: number, top: number, ratio: number) {
  const [start, end] = [index, index + 1].map((at) => Math.round((at * rowHeight - top) * ratio));
  return { start: start ?? 0, end: end ?? 0 };
}

/** One line of the heat map, as of the table: a tensor over the steps, or the head of a group. */
export type HeatLine = { depth: number } & (
  | { kind: "tensor"; row: HeatRow; names: Names }
  | { kind: "group"; group: Group; open: boolean }
);

/** The lines stand as the entries do; a folded group is its head alone. */
export function heatLines(
  entries: readonly Entry[],
  rows: ReadonlyMap<string, HeatRow>,
): HeatLine[] {
  return entries.flatMap((entry): HeatLine[] => {
    if (entry.kind === "group") return [entry];
    const row = rows.get(entry.row.tag);
    return row ? [{ ...entry, row }] : [];
  });
}

export function rowOf(line: HeatLine | undefined): HeatRow | undefined {
  return line?.kind === "tensor" ? line.row : undefined;
}

export function rowsIn(lines: readonly HeatLine[]): HeatRow[] {
  return lines.flatMap((line) => rowOf(line) ?? []);
}

/** The line of a tensor, or the head of the folded group that holds it; -1 where there is none. */
export function lineOf(lines: readonly HeatLine[], tag: string | null | undefined): number {
  return lines.findIndex((line) =>
    line.kind === "tensor"
      ? line.row.tag === tag
      : !line.open && line.group.rows.some((row) => row.tag === tag),
  );
}
