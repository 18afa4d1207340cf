import { expect, test } from "vitest";
import {
  type Entry,
  entriesOf,
  entryIndex,
  groupRows,
  KIND_SCOPES,
  kindsBelow,
  rowsOfItem,
  scopeWith,
  tagBeside,
} from "../src/model/groups";
import { Names } from "../src/model/names";
import { type Row, rowsOf } from "../src/model/rows";
import { overviewReply, type Tensor } from "./fixtures";

const TENSORS: Tensor[] = [
  { tag: "net.1.weight", relative: 0.3, verdict: "moved_far" },
  { tag: "net.0.weight", relative: 0.02 },
  { tag: "net.1.bias", relative: null, movement: 5, scaleKind: "none", verdict: "unchanged" },
  { tag: "alone", relative: 0.001 },
];
const APART = { prefix: "", suffix: "" };
const widthOf = (text: string) => 7 * text.length;
const rows = rowsOf(overviewReply("run", TENSORS));
const groups = groupRows(rows, APART, widthOf);
const NAMES = new Names(
  rows.map(({ tag }) => tag),
  APART,
  widthOf,
);
const asTheyAre = (some: readonly Row[]) => some;
const NONE: ReadonlySet<string> = new Set();

const heads = (entries: readonly Entry[]) =>
  entries.flatMap((each) => (each.kind === "group" ? [[each.group.label, each.depth]] : []));

test("groups stand where their first rows do, a tensor alone as a group of one, and hold all rows exactly once", () => {
  const told = entriesOf(groups, NONE, NAMES).map((each) =>
    each.kind === "group" ? each.group.scope : each.row.tag,
  );
  expect(told).toEqual(["net", "net.1", "net.1.weight", "net.1.bias", "net.0.weight", "alone"]);
  const others = rows.filter(({ tag }) => tag !== "alone");
  const alone = rows.filter(({ tag }) => tag === "alone");
  const [first] = groupRows([...alone, ...others], APART, widthOf);
  expect(first).toBe(alone[0]);
  expect(heads(entriesOf(groups, NONE, NAMES))).toEqual([
    ["net", 0],
    ["net.1", 1],
  ]);
  const held = groups.flatMap(rowsOfItem).map(({ tag }) => tag);
  expect(held.sort()).toEqual(TENSORS.map(({ tag }) => tag).sort());
});

test("a group's totals are those of its rows: worst verdict, largest movement, sum of elements", () => {
  expect(groups[0]).toMatchObject({ worst: "unchanged", relativeMovement: 0.3, elements: 48 });
  const unknown = rows.map((row) => ({ ...row, relativeMovement: null, elements: null }));
  expect(groupRows(unknown, APART, widthOf)[0]).toMatchObject({
    relativeMovement: null,
    elements: null,
  });
});

test("what is no parameter stands below, by its kind, folded until somebody asks", () => {
  const all = rowsOf(
    overviewReply("run", [
      { tag: "a.relu", role: "activation" },
      { tag: "w" },
      { tag: "b.relu", role: "activation" },
      { tag: "mean", role: "statistic" },
    ]),
  );
  const folded = entriesOf(kindsBelow(all, NAMES, asTheyAre), new Set(KIND_SCOPES), NAMES);
  expect(
    folded.map((entry) => (entry.kind === "group" ? entry.group.label : entry.row.tag)),
  ).toEqual(["w", "Statistics", "Activations"]);
  expect(entryIndex(folded, "b.relu")).toBe(2);
  expect(entriesOf(kindsBelow(all, NAMES, asTheyAre), NONE, NAMES)).toHaveLength(6);
  const byLayer = (some: readonly Row[]) => groupRows(some, APART, widthOf);
  const grouped = kindsBelow([...rows, ...all], NAMES, byLayer);
  expect(grouped.map((item) => ("rows" in item ? item.scope : item.tag)).slice(-4)).toEqual([
    "alone",
    "w",
    "kind:statistic",
    "kind:activation",
  ]);
  const none = all.filter(({ role }) => role === "activation");
  expect(kindsBelow(none, NAMES, asTheyAre)).toEqual(none);
});

test("a folded group keeps its head and hides its rows", () => {
  expect(entriesOf(groups, NONE, NAMES)).toHaveLength(2 + 4);
  const folded = entriesOf(groups, new Set(["net.1"]), NAMES);
  expect(folded).toHaveLength(2 + 2);
  expect(folded[1]).toMatchObject({ kind: "group", open: false });
  expect(entriesOf(groups, new Set(["net"]), NAMES)).toHaveLength(1 + 1);
  expect(entriesOf(rows, new Set(["net.1"]), NAMES)).toHaveLength(4);
});

test("a tensor is found in the list, or by the head of its folded group", () => {
  const open = entriesOf(groups, NONE, NAMES);
  const folded = entriesOf(groups, new Set(["net.1"]), NAMES);
  expect(entryIndex(open, "net.1.bias")).toBe(3);
  expect(entryIndex(folded, "net.1.bias")).toBe(1);
  expect(entryIndex(open, "gone")).toBe(-1);
});

test("folding goes from the innermost scope outwards, opening the other way round", () => {
  const open = entriesOf(groups, NONE, NAMES);
  const folded = entriesOf(groups, new Set(["net.1"]), NAMES);
  expect(scopeWith(open, "net.1.bias", false)).toBe("net.1");
  expect(scopeWith(folded, "net.1.bias", false)).toBe("net");
  expect(scopeWith(folded, "net.1.bias", true)).toBe("net.1");
  expect(scopeWith(open, "net.1.bias", true)).toBeNull();
  expect(scopeWith(open, "gone", false)).toBeNull();
});

test("moving skips heads and folded rows, stops at the ends and starts at the top", () => {
  const ordered = groups.flatMap(rowsOfItem);
  const open = entriesOf(groups, NONE, NAMES);
  const folded = entriesOf(groups, new Set(["net.1"]), NAMES);
  expect(tagBeside(open, ordered, "net.1.weight", 1)).toBe("net.1.bias");
  expect(tagBeside(open, ordered, "net.1.bias", 1)).toBe("net.0.weight");
  expect(tagBeside(folded, ordered, "net.0.weight", -1)).toBe("net.0.weight");
  expect(tagBeside(folded, ordered, "net.1.bias", 1)).toBe("net.0.weight");
  expect(tagBeside(folded, ordered, "net.1.bias", -1)).toBe("net.0.weight");
  expect(tagBeside(open, ordered, "net.0.weight", 5)).toBe("alone");
  expect(tagBeside(open, ordered, "alone", Number.NEGATIVE_INFINITY)).toBe("net.1.weight");
  expect(tagBeside(open, ordered, null, 1)).toBe("net.1.weight");
  expect(tagBeside([], [], null, 1)).toBeNull();
});
