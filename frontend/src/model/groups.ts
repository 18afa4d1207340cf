import type { MaybeNumber, Role, Verdict } from "../api/replies";
import type { TextWidth } from "../host/text-width";
import { PARAMETERS, ROLES, roleGroup, VERDICTS } from "../words/labels";
import { placeOf } from "./layers";
import { Names, type SharedEnds } from "./names";
import type { Row } from "./rows";
import { type Branch, scopeBelow, treeOf } from "./tree";

/** The tensors of one scope, in the table's order, and what they have in common. */
export interface Group {
  scope: string;
  /** What its head says. */
  label: string;
  /** All of them, those of scopes within it among them. */
  rows: readonly Row[];
  /** What stands below its head. */
  items: readonly (Row | Group)[];
  /** The texts that stand for the tensors right below the head. */
  names: Names;
  /** The most serious verdict among them. */
  worst: Verdict;
  /** The largest among them. */
  relativeMovement: MaybeNumber;
  elements: MaybeNumber;
}

/** One line of the table: a tensor, or the head of a group; so many heads stand above it. */
export type Entry = { depth: number } & (
  | { kind: "group"; group: Group; open: boolean }
  | { kind: "tensor"; row: Row; names: Names }
);

/**
 * The scopes of the names as a tree; on each level groups come where their first rows do, and single
 * tensors as groups of one: sorted rows make a sorted level.
 * A scope of one tensor needs no head; nor does one that all are in.
 */
export function groupRows(
  rows: readonly Row[],
  ends: SharedEnds,
  widthOf: TextWidth,
): (Row | Group)[] {
  const root = treeOf(rows, ({ tag }) => placeOf(tag, ends).layer);
  const [only] = root.branches;
  const isAll =
    only && root.branches.length === 1 && root.members.length + only.members.length === 0;
  const place = new Map(rows.map((row, i) => [row, i]));
  const placeOfItem = (item: Row | Group) => place.get(rowsOfItem(item)[0] as Row) ?? 0;
  const itemsOf = ({ scope, members, branches }: Branch<Row>): (Row | Group)[] =>
    [...members, ...branches.map((branch) => itemOf(branch, scope))].sort(
      (a, b) => placeOfItem(a) - placeOfItem(b),
    );
  const itemOf = (branch: Branch<Row>, above: string): Row | Group => {
    const { scope } = branch;
    const items = itemsOf(branch);
    const [single, another] = items;
    if (single && !another) return single;
    const direct = items.flatMap((item) => ("rows" in item ? [] : [item]));
    const names = new Names(tagsOf(direct), endsWithin(direct, scope, ends), widthOf);
    const label = scopeBelow(scope, above);
    return { scope, label, names, items, ...inCommon(items.flatMap(rowsOfItem)) };
  };
  return itemsOf(isAll ? { ...only, scope: "" } : root);
}

export const rowsOfItem = (item: Row | Group): readonly Row[] =>
  "rows" in item ? item.rows : [item];

/** Below its head, a scope need not be said again. */
function endsWithin(
  rows: readonly Row[],
  scope: string,
  { prefix, suffix }: SharedEnds,
): SharedEnds {
  const start = `${prefix}${scope}`;
  const within = rows.every(({ tag }) => tag.startsWith(start));
  return { prefix: within ? (rows[0]?.tag.slice(0, start.length + 1) ?? prefix) : prefix, suffix };
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

/** The parameters as arranged, and below them one group for each other kind, if there are any. */
export function kindsBelow(
  rows: readonly Row[],
  names: Names,
  arrange: (rows: readonly Row[]) => readonly (Row | Group)[],
): readonly (Row | Group)[] {
  const parameters = rows.filter(({ role }) => PARAMETERS.has(role));
  if (parameters.length === 0) return arrange(rows);
  const groups = ROLES.filter((role) => !PARAMETERS.has(role)).flatMap((role): Group[] => {
    const members = rows.filter((row) => row.role === role);
    if (members.length === 0) return [];
    const label = roleGroup(role);
    return [{ scope: kindScope(role), label, names, items: members, ...inCommon(members) }];
  });
  return [...arrange(parameters), ...groups];
}

export function entriesOf(
  items: readonly (Row | Group)[],
  folded: ReadonlySet<string>,
  names: Names,
  depth = 0,
): Entry[] {
  return items.flatMap((item): Entry[] => {
    if (!("rows" in item)) return [{ kind: "tensor", row: item, names, depth }];
    const open = !folded.has(item.scope);
    const below = item.names === names ? depth : depth + 1;
    const inside = open ? entriesOf(item.items, folded, item.names, below) : [];
    return [{ kind: "group", group: item, open, depth }, ...inside];
  });
}

/** The scope of the innermost listed group that holds the tensor, and that is folded or not. */
export function scopeWith(
  entries: readonly Entry[],
  tag: string | null,
  folded: boolean,
): string | null {
  const holding = entries.flatMap((each) => {
    if (each.kind !== "group" || each.open === folded) return [];
    return each.group.rows.some((row) => row.tag === tag) ? [each.group.scope] : [];
  });
  return holding.at(-1) ?? null;
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
