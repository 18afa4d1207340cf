import type { MaybeNumber, Role, Verdict } from "../api/replies";
import type { TextWidth } from "../host/text-width";
import { PARAMETERS, ROLES, roleGroup, VERDICTS } from "../words/labels";
import { placeOf } from "./layers";
import { Names, type SharedEnds } from "./names";
import type { Row } from "./rows";

/** The tensors of one layer, in the table's order, and what they have in common. */
export interface Group {
  scope: string;
  /** What its head says. */
  label: string;
  rows: readonly Row[];
  /** The texts that stand for its tensors, below the head that says what they begin with. */
  names: Names;
  /** The most serious verdict among them. */
  worst: Verdict;
  /** The largest among them. */
  relativeMovement: MaybeNumber;
  elements: MaybeNumber;
}

/** One line of the table: a tensor, or the head of a group. */
export type Entry =
  | { kind: "group"; group: Group; open: boolean }
  | { kind: "tensor"; row: Row; names: Names };

/** Groups in the order in which their first rows come: sorted rows make sorted groups. */
export function groupRows(rows: readonly Row[], ends: SharedEnds, widthOf: TextWidth): Group[] {
  const scopes = new Map<string, Row[]>();
  for (const row of rows) {
    const scope = placeOf(row.tag, ends).layer;
    const members = scopes.get(scope);
    if (members) members.push(row);
    else scopes.set(scope, [row]);
  }
  return [...scopes].map(([scope, members]) => groupOf(scope, members, ends, widthOf));
}

function groupOf(
  scope: string,
  rows: readonly Row[],
  { prefix: shared, suffix }: SharedEnds,
  widthOf: TextWidth,
): Group {
  const start = `${shared}${scope}`;
  const within = scope !== "" && rows.every(({ tag }) => tag.startsWith(start));
  const prefix = within ? (rows[0]?.tag.slice(0, start.length + 1) ?? "") : shared;
  const names = new Names(tagsOf(rows), { prefix, suffix }, widthOf);
  return { scope, label: scope || "(no layer)", names, ...inCommon(rows) };
}

function inCommon(rows: readonly Row[]) {
  const present = new Set(rows.map(({ verdict }) => verdict));
  const moved = rows.map((row) => row.relativeMovement).filter((value) => value !== null);
  const elements = rows.map((row) => row.elements).filter((value) => value !== null);
  return {
    rows,
    worst: VERDICTS.find((verdict) => present.has(verdict)) ?? rows[0]?.verdict ?? "no_data",
    relativeMovement: moved.length > 0 ? moved.reduce((a, b) => Math.max(a, b)) : null,
    elements: elements.length > 0 ? elements.reduce((a, b) => a + b) : null,
  };
}

export const kindScope = (role: Role) => `kind:${role}`;

/** The groups of what is no parameter: folded away until somebody asks. */
export const KIND_SCOPES: readonly string[] = ROLES.filter((role) => !PARAMETERS.has(role)).map(
  kindScope,
);

/** The parameters, and below them one group for each other kind; no groups where that is all. */
export function kindsBelow(rows: readonly Row[], names: Names): (Row | Group)[] {
  const parameters = rows.filter(({ role }) => PARAMETERS.has(role));
  if (parameters.length === 0) return [...rows];
  const groups = ROLES.filter((role) => !PARAMETERS.has(role)).flatMap((role): Group[] => {
    const members = rows.filter((row) => row.role === role);
    if (members.length === 0) return [];
    return [{ scope: kindScope(role), label: roleGroup(role), names, ...inCommon(members) }];
  });
  return [...parameters, ...groups];
}

export function entriesOf(
  rowsOrGroups: readonly (Row | Group)[],
  folded: ReadonlySet<string>,
  names: Names,
): Entry[] {
  return rowsOrGroups.flatMap((item): Entry[] => {
    if (!("rows" in item)) return [{ kind: "tensor", row: item, names }];
    const open = !folded.has(item.scope);
    const members = item.rows.map((row): Entry => ({ kind: "tensor", row, names: item.names }));
    return [{ kind: "group", group: item, open }, ...(open ? members : [])];
  });
}

/** The scope of the group that holds the tensor. */
export function scopeWith(groups: readonly Group[], tag: string | null): string | null {
  return groups.find(({ rows }) => rows.some((row) => row.tag === tag))?.scope ?? null;
}

/** Where the tensor stands among the entries; the head of its group when that is folded away. */
export function entryIndex(entries: readonly Entry[], tag: string | null): number {
  return entries.findIndex((entry) =>
    entry.kind === "tensor"
      ? entry.row.tag === tag
      : !entry.open && entry.group.rows.some((row) => row.tag === tag),
  );
}

/** The listed tensor that many places from `tag`, also when that one is folded away itself. */
export function tagBeside(
  entries: readonly Entry[],
  ordered: readonly Row[],
  tag: string | null,
  places: number,
): string | null {
  const listed = entries.flatMap((entry) => (entry.kind === "tensor" ? [entry.row.tag] : []));
  if (listed.length === 0) return null;
  const at = ordered.findIndex((row) => row.tag === tag);
  if (at < 0) return listed[0] ?? null;
  const present = new Set(listed);
  const before = ordered.slice(0, at).filter((row) => present.has(row.tag)).length;
  const from = tag !== null && !present.has(tag) && places > 0 ? before - 1 : before;
  return listed[Math.min(listed.length - 1, Math.max(0, from + places))] ?? null;
}

const tagsOf = (rows: readonly Row[]) => rows.map(({ tag }) => tag);
