import { isWrapper, partsOf, type SharedEnds, withoutEnds } from "./names";
import { allOf, type Branch, scopeBelow, treeOf, withoutSeparator } from "./tree";

/** Where a tensor stands in its model: `h.3` and `attn.c_attn.weight`, from its name. */
export interface Place {
  layer: string;
  /** What layers that are alike have in common: `h.#`; empty where no number tells one. */
  alike: string;
  /** The rest of the name, within the layer. */
  inside: string;
}

/** Words of names without scopes that say what kind of tensor it is, not where. */
const KIND =
  /^(weights?|w|bias(es)?|b|kernel|gamma|beta|scale|offset|embeddings?|mean|variance|std)$/i;

/** The part that a number tells from others like it comes first: blocks in blocks are inside. */
export function placeOf(tag: string, ends: SharedEnds): Place {
  const parts = partsOf(withoutEnds(tag, ends)).filter((part) => !isWrapper(part));
  const at = parts.findIndex((part) => /\d/.test(part));
  if (parts.length < 2) return placeInWord(parts[0] ?? tag);
  if (at >= 0 && at < parts.length - 1)
    return placeAt(trimmed(parts.slice(0, at + 1)), parts.slice(at + 1).join(""));
  return { layer: trimmed(parts.slice(0, -1)), alike: "", inside: parts.at(-1) ?? "" };
}

/** `weights_conv1` and `local1_weights` stand in conv1 and local1. */
function placeInWord(word: string): Place {
  const words = word.split("_");
  const kinds = words.filter((each) => KIND.test(each));
  const rest = words.filter((each) => !KIND.test(each));
  if (kinds.length === 0 || rest.length === 0) return { layer: "", alike: "", inside: word };
  return placeAt(rest.join("_"), kinds.join("_"));
}

function placeAt(layer: string, inside: string): Place {
  return { layer, alike: /\d/.test(layer) ? layer.replace(/\d+(?=\D*$)/, "#") : "", inside };
}

const trimmed = (parts: readonly string[]) => withoutSeparator(parts.join(""));

/** One tensor in its column; where a layer has none there is no cell. */
interface MapCell<T> {
  column: number;
  tensor: T;
  /** What a folded line has in this column besides. */
  behind: readonly T[];
}

/** A layer, or a scope of several that can be folded away. */
export interface MapRow<T> {
  name: string;
  depth: number;
  /** What folds it. */
  scope: string;
  open: boolean;
  /** Of a scope all tensors in it; nothing of a layer alone. */
  rows: readonly T[];
  cells: MapCell<T>[];
}

/** Layers that are alike, one below the other: their tensors stand in the same columns. */
export interface MapSection<T> {
  name: string;
  /** Columns side by side that lie in one module. */
  modules: { name: string; kinds: string[] }[];
  rows: MapRow<T>[];
}

interface Placed<T> {
  tensor: T;
  place: Place;
}

const byNumber = new Intl.Collator("en", { numeric: true });

/**
 * A model as layers down and modules across; what no number orders stands before, as a tree.
 * Where a folded line has several tensors in a column, the first of the given ones stands there.
 */
export function mapOf<T extends { tag: string }>(
  tensors: readonly T[],
  ends: SharedEnds,
  folded: ReadonlySet<string>,
): MapSection<T>[] {
  const placed = placedApart(tensors, ends);
  const layers = new Map<string, Set<string>>();
  for (const { place } of placed)
    layers.set(place.alike, (layers.get(place.alike) ?? new Set()).add(place.layer));
  const sections = new Map<string, Placed<T>[]>();
  for (const each of placed) {
    const { alike } = each.place;
    const name = (layers.get(alike)?.size ?? 0) > 1 ? alike : "";
    const members = sections.get(name);
    if (members) members.push(each);
    else sections.set(name, [each]);
  }
  return [...sections]
    .sort(([a], [b]) => byNumber.compare(a, b))
    .map(([name, members]) => {
      const columns = [...new Set(members.map(({ place }) => place.inside))].sort(byNumber.compare);
      const cellsOf = cellMaker<T>(columns);
      const rows = name === "" ? rowsOfTree(members, folded, cellsOf) : rowsAlike(members, cellsOf);
      return { name, modules: modulesOf(columns), rows };
    });
}

/** No two in one place: of names that differ in their signs alone, the later ones are counted. */
function placedApart<T extends { tag: string }>(
  tensors: readonly T[],
  ends: SharedEnds,
): Placed<T>[] {
  const taken = new Map<string, number>();
  return tensors.map((tensor) => {
    const place = placeOf(tensor.tag, ends);
    let inside = place.inside;
    let key = JSON.stringify([place.layer, inside]);
    while (taken.has(key)) {
      const count = (taken.get(key) ?? 1) + 1;
      taken.set(key, count);
      inside = `${place.inside} (${count})`;
      key = JSON.stringify([place.layer, inside]);
    }
    taken.set(key, 1);
    return { tensor, place: { ...place, inside } };
  });
}

function modulesOf(columns: readonly string[]): MapSection<never>["modules"] {
  const parted = columns.map(partsOf);
  // Where all are weights, that is no kind: `experts.7` has w1, w2 and w3.
  const alike = new Set(parted.map((parts) => parts.at(-1))).size === 1 && columns.length > 1;
  const modules: MapSection<never>["modules"] = [];
  for (const parts of parted) {
    const module = trimmed(parts.slice(0, alike ? -2 : -1));
    const kind = parts.slice(alike ? -2 : -1).join("");
    const last = modules.at(-1);
    if (module !== "" && last?.name === module) last.kinds.push(kind);
    else modules.push({ name: module || kind, kinds: [kind] });
  }
  return modules;
}

type CellsOf<T> = (members: readonly Placed<T>[]) => MapCell<T>[];

function cellMaker<T>(columns: readonly string[]): CellsOf<T> {
  const at = new Map(columns.map((column, i) => [column, i]));
  return (members) => {
    const byColumn = new Map<number, T[]>();
    for (const { tensor, place } of members) {
      const column = at.get(place.inside) ?? 0;
      const there = byColumn.get(column);
      if (there) there.push(tensor);
      else byColumn.set(column, [tensor]);
    }
    return [...byColumn]
      .sort(([a], [b]) => a - b)
      .flatMap(([column, [tensor, ...behind]]) => (tensor ? [{ column, tensor, behind }] : []));
  };
}

function rowsAlike<T>(members: readonly Placed<T>[], cellsOf: CellsOf<T>): MapRow<T>[] {
  const layers = new Map<string, Placed<T>[]>();
  for (const each of members) {
    const { layer } = each.place;
    const there = layers.get(layer);
    if (there) there.push(each);
    else layers.set(layer, [each]);
  }
  return [...layers]
    .sort(([a], [b]) => byNumber.compare(a, b))
    .map(([name, inside]) => ({
      ...{ name, scope: name, depth: 0, open: true, rows: [] },
      cells: cellsOf(inside),
    }));
}

function rowsOfTree<T>(
  members: readonly Placed<T>[],
  folded: ReadonlySet<string>,
  cellsOf: CellsOf<T>,
): MapRow<T>[] {
  const root = treeOf(members, ({ place }) => place.layer);
  const below = (above: Branch<Placed<T>>, depth: number): MapRow<T>[] =>
    [...above.branches]
      .sort((a, b) => byNumber.compare(a.scope, b.scope))
      .flatMap((branch) => {
        const { scope } = branch;
        const inside = branch.branches.length > 0 ? allOf(branch) : [];
        const open = inside.length === 0 || !folded.has(scope);
        const cells = cellsOf(open ? branch.members : inside);
        const rows = inside.map(({ tensor }) => tensor);
        const row = { name: scopeBelow(scope, above.scope), scope, depth, open, rows, cells };
        return open ? [row, ...below(branch, depth + 1)] : [row];
      });
  if (root.members.length === 0) return below(root, 0);
  const loose = { name: "", scope: "", depth: 0, open: true, rows: [] };
  return [{ ...loose, cells: cellsOf(root.members) }, ...below(root, 0)];
}
