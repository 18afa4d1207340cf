import { isWrapper, partsOf, type SharedEnds, withoutEnds } from "./names";

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

const trimmed = (parts: readonly string[]) => parts.join("").replace(/[/.]+$/, "");

/** One tensor in its column; where a layer has none there is no cell. */
export interface MapCell<T> {
  column: number;
  tensor: T;
}

/** Layers that are alike, one below the other: their tensors stand in the same columns. */
export interface MapSection<T> {
  name: string;
  /** Columns side by side that lie in one module. */
  modules: { name: string; kinds: string[] }[];
  rows: { name: string; cells: MapCell<T>[] }[];
}

const byNumber = new Intl.Collator("en", { numeric: true });

/** A model as layers down and modules across; what no number orders stands in a section before. */
export function mapOf<T extends { tag: string }>(
  tensors: readonly T[],
  ends: SharedEnds,
): MapSection<T>[] {
  const placed = tensors.map((tensor) => ({ tensor, place: placeOf(tensor.tag, ends) }));
  const layers = new Map<string, Set<string>>();
  for (const { place } of placed)
    layers.set(place.alike, (layers.get(place.alike) ?? new Set()).add(place.layer));
  const sections = new Map<string, typeof placed>();
  for (const each of placed) {
    const { alike } = each.place;
    const name = (layers.get(alike)?.size ?? 0) > 1 ? alike : "";
    const members = sections.get(name);
    if (members) members.push(each);
    else sections.set(name, [each]);
  }
  return [...sections]
    .sort(([a], [b]) => byNumber.compare(a, b))
    .map(([name, members]) => sectionOf(name, members));
}

function sectionOf<T>(
  name: string,
  members: readonly { tensor: T; place: Place }[],
): MapSection<T> {
  const columns = [...new Set(members.map(({ place }) => place.inside))].sort(byNumber.compare);
  const modules: MapSection<T>["modules"] = [];
  for (const column of columns) {
    const parts = partsOf(column);
    const [module, kind] = [trimmed(parts.slice(0, -1)), parts.at(-1) ?? column];
    const last = modules.at(-1);
    if (last && last.name === module) last.kinds.push(kind);
    else modules.push({ name: module, kinds: [kind] });
  }
  const at = new Map(columns.map((column, i) => [column, i]));
  const rows = new Map<string, MapCell<T>[]>();
  for (const { tensor, place } of members) {
    const cells = rows.get(place.layer) ?? [];
    rows.set(place.layer, cells);
    cells.push({ column: at.get(place.inside) ?? 0, tensor });
  }
  for (const cells of rows.values()) cells.sort((a, b) => a.column - b.column);
  const sorted = [...rows].sort(([a], [b]) => byNumber.compare(a, b));
  return { name, modules, rows: sorted.map(([layer, cells]) => ({ name: layer, cells })) };
}
