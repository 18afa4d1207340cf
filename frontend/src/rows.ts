import { type Floor, led } from "./led";
import { patternSearch } from "./patterns";
import type {
  Evidence,
  ExactRecord,
  MaybeNumber,
  MaybeScaleKind,
  OverviewReply,
  Role,
  Verdict,
} from "./replies";
import { ROLES, VERDICTS } from "./words";

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
  baselineStep: MaybeNumber;
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
  /** What the histograms show of a movement that is told by exact records; null where it is not. */
  floor: Floor | null;
  sparkline: { steps: readonly MaybeNumber[]; movement: readonly MaybeNumber[] };
}

export type SortColumn = "tag" | "role" | "verdict" | "movement";

export interface Sort {
  column: SortColumn;
  descending: boolean;
}

/** Largest relative movement first: the order the server ranks in. */
export const DEFAULT_SORT: Sort = { column: "movement", descending: true };

const NO_EVIDENCE: Evidence = { rule: "", threshold: null, value: null, unit: null, flags: {} };

export function rowsOf({ columns, sparkline }: OverviewReply): Row[] {
  return columns.tag.map((tag, i) =>
    led({
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
      baselineStep: columns.baseline_step[i] ?? null,
      scale: columns.scale[i] ?? null,
      scaleKind: columns.scale_kind[i] ?? null,
      movement: columns.movement[i] ?? null,
      movementLower: columns.movement_lower[i] ?? null,
      movementUpper: columns.movement_upper[i] ?? null,
      resolution: columns.resolution[i] ?? null,
      relativeMovement: columns.relative_movement[i] ?? null,
      shapeChange: columns.shape_change[i] ?? null,
      impliedDrift: columns.implied_drift[i] ?? null,
      exact: columns.exact[i] ?? null,
      floor: null,
      sparkline: { steps: sparkline.steps[i] ?? [], movement: sparkline.movement[i] ?? [] },
    }),
  );
}

export interface TagMatcher {
  matches(tag: string): boolean;
  /** Why the text is no regular expression; it then matches as plain text alone. */
  problem: string | null;
}

/**
 * The text as a regular expression or as plain text, whichever matches; case never counts. Until
 * the engine for the former is there, everything does.
 */
export function tagMatcher(filter: string): TagMatcher {
  const text = filter.trim().toLowerCase();
  if (!text) return { matches: () => true, problem: null };
  const contains = (tag: string) => tag.toLowerCase().includes(text);
  if (!/[\\^$.*+?()[\]{}|]/.test(text)) return { matches: contains, problem: null };
  try {
    const found = patternSearch(filter.trim());
    return { matches: (tag) => !found || contains(tag) || found(tag), problem: null };
  } catch (error) {
    return { matches: contains, problem: regexProblem(error) };
  }
}

function regexProblem(error: unknown): string {
  const reason = error instanceof Error ? error.message.split(": ").at(-1) : "";
  return `Not a regular expression${reason ? ` (${reason})` : ""}: matched as plain text.`;
}

export interface RowFilter {
  tag: TagMatcher;
  roles: readonly Role[];
  verdicts: readonly Verdict[];
}

/** An empty list of roles or verdicts lets all of them through. */
export function filterRows(rows: readonly Row[], { tag, roles, verdicts }: RowFilter): Row[] {
  return rows.filter(
    (row) =>
      (roles.length === 0 || roles.includes(row.role)) &&
      (verdicts.length === 0 || verdicts.includes(row.verdict)) &&
      tag.matches(row.tag),
  );
}

const byName = new Intl.Collator(undefined, { numeric: true });

export function sortRows(rows: readonly Row[], { column, descending }: Sort): Row[] {
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => compare(a, b, column, sign) || byName.compare(a.tag, b.tag));
}

function compare(a: Row, b: Row, column: SortColumn, sign: number): number {
  if (column === "tag") return sign * byName.compare(a.tag, b.tag);
  if (column === "role") return sign * (rank(ROLES, a.role) - rank(ROLES, b.role));
  if (column === "verdict") return sign * (rank(VERDICTS, a.verdict) - rank(VERDICTS, b.verdict));
  return byMovement(a, b, sign);
}

/** Relative movements first, then those known only absolutely, then none: in both directions. */
function byMovement(a: Row, b: Row, sign: number): number {
  const kindOf = (row: Row) => (row.relativeMovement !== null ? 0 : row.movement !== null ? 1 : 2);
  const sizeOf = (row: Row) => row.relativeMovement ?? row.movement ?? 0;
  return kindOf(a) - kindOf(b) || sign * (sizeOf(a) - sizeOf(b));
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

/** The tensor a newcomer asks about: the weight that moved most, else whatever did. */
export function firstToShow(rows: readonly Row[]): Row | undefined {
  return rows.find((row) => row.role === "weight") ?? rows[0];
}
