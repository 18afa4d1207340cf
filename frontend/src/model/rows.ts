import type {
  Basis,
  Evidence,
  ExactRecord,
  MaybeNumber,
  MaybeScaleKind,
  Measure,
  OverviewColumns,
  OverviewReply,
  Role,
  Sense,
  StandIn,
  Verdict,
} from "../api/replies";
import { PARAMETERS, ROLES, VERDICTS } from "../words/labels";
import { shownName } from "../words/names";
import { basisOf, isUnresolved } from "./bounds";

/** One tensor of the table: the overview's i-th entry of every column. */
export interface Row {
  tag: string;
  role: Role;
  verdict: Verdict;
  flags: readonly string[];
  evidence: Evidence;
  sentence: string;
  elements: MaybeNumber;
  firstStep: MaybeNumber;
  lastStep: MaybeNumber;
  keptSteps: MaybeNumber;
  /** The first kept step at which it was not as at its first. */
  movedStep: MaybeNumber;
  baselineStep: MaybeNumber;
  /** The first step with NaN or infinity. */
  nonFiniteStep: MaybeNumber;
  /** What its movement may be set against where it started at 0. */
  standIn: StandIn | null;
  /** How the movement is meant; null where nothing was compared. */
  sense: Sense | null;
  /** What the movement rests on; the next seven are what is shown of it. */
  basis: Basis;
  scale: MaybeNumber;
  scaleKind: MaybeScaleKind;
  movement: MaybeNumber;
  movementLower: MaybeNumber;
  movementUpper: MaybeNumber;
  resolution: MaybeNumber;
  relativeMovement: MaybeNumber;
  shapeChange: MaybeNumber;
  impliedDrift: MaybeNumber;
  exact: ExactRecord | null;
  /** What the histograms show of a movement that is known exactly; null where it is not. */
  floor: Floor | null;
  /** The chosen measure over steps. */
  sparkline: { measure: Measure; steps: readonly MaybeNumber[]; values: readonly MaybeNumber[] };
}

/** How far the distribution of a tensor moved. */
export type Floor = Pick<
  Row,
  | ("basis" | "movement" | "movementLower" | "movementUpper" | "resolution")
  | ("relativeMovement" | "scale" | "scaleKind")
>;

const NO_EVIDENCE: Evidence = {
  rule: "",
  threshold: null,
  value: null,
  unit: null,
  cause: null,
  flags: {},
};

export function rowsOf({ columns, sparkline }: OverviewReply): Row[] {
  return columns.tag.map((tag, i) => ({
    tag,
    role: columns.role[i] ?? "other",
    verdict: columns.verdict[i] ?? "no_data",
    flags: columns.flags[i] ?? [],
    evidence: columns.evidence[i] ?? NO_EVIDENCE,
    sentence: columns.sentence[i] ?? "",
    elements: columns.elements[i] ?? null,
    firstStep: columns.first_step[i] ?? null,
    lastStep: columns.last_step[i] ?? null,
    keptSteps: columns.kept_steps[i] ?? null,
    movedStep: columns.moved_step[i] ?? null,
    baselineStep: columns.baseline_step[i] ?? null,
    nonFiniteStep: columns.non_finite_step[i] ?? null,
    standIn: columns.stand_in[i] ?? null,
    shapeChange: columns.shape_change[i] ?? null,
    impliedDrift: columns.implied_drift[i] ?? null,
    exact: columns.exact[i] ?? null,
    sense: columns.shown[i]?.sense ?? null,
    sparkline: {
      measure: sparkline.measure,
      steps: sparkline.steps[i] ?? [],
      values: sparkline.values[i] ?? [],
    },
    ...shownOf(columns, i),
  }));
}

/** The movement that is shown; the distribution's stays as its floor where records tell more. */
function shownOf(columns: OverviewColumns, i: number): Floor & Pick<Row, "floor"> {
  const [shown, movement] = [columns.shown[i], columns.movement[i] ?? null];
  const resolution = columns.resolution[i] ?? null;
  const floor: Floor = {
    basis: basisOf(movement, resolution),
    movement,
    movementLower: columns.movement_lower[i] ?? null,
    movementUpper: columns.movement_upper[i] ?? null,
    resolution,
    relativeMovement: columns.relative_movement[i] ?? null,
    scale: columns.scale[i] ?? null,
    scaleKind: columns.scale_kind[i] ?? null,
  };
  if (!shown) return { ...floor, floor: null };
  const exact = shown.basis === "records" || shown.basis === "moments";
  return {
    basis: shown.basis,
    movement: shown.movement,
    movementLower: shown.lower,
    movementUpper: shown.upper,
    resolution: exact ? 0 : resolution,
    relativeMovement: shown.relative_movement,
    scale: shown.scale,
    scaleKind: shown.scale_kind,
    floor: exact ? floor : null,
  };
}

/** The rows as they can be put side by side: with exact movement only where all have the same. */
export function alike(rows: readonly (Row | null)[]): readonly (Row | null)[] {
  const there = rows.filter((row) => row !== null);
  if (there.some(({ sparkline }) => sparkline.measure !== "movement")) return rows;
  if (new Set(there.map((row) => (row.floor ? row.basis : null))).size <= 1) return rows;
  return rows.map((row) => (row?.floor ? asItsFloor(row, row.floor) : row));
}

/** Its distribution's movement in the place of an exact one, meant as the server means it. */
function asItsFloor(row: Row, floor: Floor): Row {
  const { movement, scaleKind } = floor;
  const hides = scaleKind === "std" && (movement ?? 0) > 0 && PARAMETERS.has(row.role);
  const resolved = hides && !row.flags.includes("resized") ? "at_least" : "about";
  return { ...row, ...floor, floor: null, sense: isUnresolved(floor) ? "between" : resolved };
}

export interface Sort {
  column: SortColumn;
  descending: boolean;
}

/** The server's order, which fits the answer. */
export const DEFAULT_SORT: Sort = { column: "answer", descending: false };

export function isDefault({ column, descending }: Sort): boolean {
  return column === DEFAULT_SORT.column && descending === DEFAULT_SORT.descending;
}

/** What rows can be ordered by: descending and ascending in words. */
const ORDERS = {
  answer: ["what matters, least first", "what matters, most first"],
  tag: ["name, last first", "name"],
  role: ["role, last first", "role"],
  verdict: ["verdict, least serious first", "verdict, most serious first"],
  elements: ["most values first", "fewest values first"],
  moved: ["first move, latest first", "first move, earliest first"],
  movement: ["largest first", "smallest first"],
} as const;

export type SortColumn = keyof typeof ORDERS;

export function isSortColumn(name: string): name is SortColumn {
  return Object.hasOwn(ORDERS, name);
}

/** The order of the tensors in words, to follow "by"; `measure` is what the last column shows. */
export function orderText({ column, descending }: Sort, measure: string): string {
  const order = ORDERS[column][descending ? 0 : 1];
  return column === "movement" ? `${measure.toLowerCase()}, ${order}` : order;
}

const byName = new Intl.Collator(undefined, { numeric: true });

export function sortRows(rows: readonly Row[], { column, descending }: Sort): Row[] {
  if (column === "answer") return descending ? [...rows].reverse() : [...rows];
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => compare(a, b, column, sign) || byName.compare(a.tag, b.tag));
}

function compare(a: Row, b: Row, column: SortColumn, sign: number): number {
  if (column === "elements") return bySize(a.elements, b.elements, sign);
  if (column === "moved") return bySize(a.movedStep, b.movedStep, sign);
  if (column === "movement" && a.sparkline.measure !== "movement")
    return bySize(measured(a), measured(b), sign);
  if (column === "tag") return sign * byName.compare(a.tag, b.tag);
  if (column === "role") return sign * (rank(ROLES, a.role) - rank(ROLES, b.role));
  if (column === "verdict") return sign * (rank(VERDICTS, a.verdict) - rank(VERDICTS, b.verdict));
  return byMovement(a, b, sign);
}

/** What is not known comes last in both directions. */
function bySize(one: MaybeNumber, other: MaybeNumber, sign: number): number {
  if (one === null || other === null) return (one === null ? 1 : 0) - (other === null ? 1 : 0);
  return sign * (one - other);
}

/** The chosen measure of a tensor at its last step; in parts of its scale where it is a distance. */
export function measured(row: Row): MaybeNumber {
  const { measure, values } = row.sparkline;
  const last = values.at(-1) ?? null;
  if (last === null || !Number.isFinite(last)) return null;
  if (measure !== "estimate" && measure !== "speed") return last;
  const scale = comparedWith(row);
  return scale === null ? null : last / scale;
}

/** Relative movements first, then those from 0, then none: in both directions. */
function byMovement(a: Row, b: Row, sign: number): number {
  const kindOf = (row: Row) => (row.relativeMovement !== null ? 0 : row.movement !== null ? 1 : 2);
  const sizeOf = (row: Row) => row.relativeMovement ?? row.movement ?? 0;
  return kindOf(a) - kindOf(b) || sign * (sizeOf(a) - sizeOf(b));
}

/** A movement from 0 over what stands in for a scale, and what that is. */
export function standInMovement(row: Row): { relative: number; of: string } | null {
  const scale = row.standIn?.scale;
  if (!scale || row.movement === null) return null;
  const { tag } = row.standIn ?? {};
  const of = tag ? `the scale of ${shownName(tag)}, of its layer` : "its own largest value so far";
  return { relative: row.movement / scale, of };
}

function rank<T>(order: readonly T[], value: T): number {
  const index = order.indexOf(value);
  return index < 0 ? order.length : index;
}

export function countRoles(rows: readonly Row[]): Map<Role, number> {
  const counts = new Map<Role, number>();
  for (const { role } of rows) counts.set(role, (counts.get(role) ?? 0) + 1);
  return counts;
}

/** What movements are divided by; null where nothing is known to compare them with. */
export function comparedWith({ scale, scaleKind, standIn }: Row): number | null {
  if (scaleKind === null) return 1;
  const own = scaleKind === "none" ? null : scale;
  return own || standIn?.scale || null;
}
