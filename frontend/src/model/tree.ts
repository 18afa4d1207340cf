import { partsOf } from "./names";

/** The scopes of layers as a tree; one that holds nothing but another is not told. */
export interface Branch<T> {
  /** The whole of it: `encoder.layer`. */
  scope: string;
  /** What stands in this scope itself. */
  members: T[];
  branches: Branch<T>[];
}

/** Below the root stands each layer where its name puts it, in the order of first members. */
export function treeOf<T>(members: Iterable<T>, layerOf: (member: T) => string): Branch<T> {
  const root: Branch<T> = { scope: "", members: [], branches: [] };
  const known = new Map([["", root]]);
  const branchAt = (layer: string): Branch<T> => {
    const found = known.get(layer);
    if (found) return found;
    let above = root;
    let scope = "";
    for (const part of partsOf(layer)) {
      scope += part;
      const name = withoutSeparator(scope);
      const branch = known.get(name) ?? { scope: name, members: [], branches: [] };
      if (!known.has(name)) above.branches.push(branch);
      known.set(name, branch);
      above = branch;
    }
    return above;
  };
  for (const member of members) branchAt(layerOf(member)).members.push(member);
  return { ...root, branches: root.branches.map(withoutChains) };
}

function withoutChains<T>(branch: Branch<T>): Branch<T> {
  let last = branch;
  for (let [only] = last.branches; only && isChain(last); [only] = last.branches) last = only;
  return { ...last, branches: last.branches.map(withoutChains) };
}

const isChain = <T>({ members, branches }: Branch<T>) =>
  members.length === 0 && branches.length === 1;

export const withoutSeparator = (scope: string) => scope.replace(/[/.]+$/, "");

/** All that stands in a branch, its own first. */
export function allOf<T>({ members, branches }: Branch<T>): T[] {
  return [...members, ...branches.flatMap(allOf)];
}

/** What a scope adds to the one above it; a number keeps the word before it. */
export function scopeBelow(scope: string, above: string): string {
  const parts = partsOf(scope);
  const shared = partsOf(above).length;
  const isNumber = /^\d/.test(parts[shared] ?? "");
  return parts.slice(isNumber ? Math.max(0, shared - 1) : shared).join("");
}
