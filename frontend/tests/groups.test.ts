import { expect, test } from "vitest";
import {
  entriesOf,
  entryIndex,
  groupRows,
  KIND_SCOPES,
  kindsBelow,
  scopeWith,
  tagBeside,
} from "../src/model/groups";
import { Names } from "../src/model/names";
import { rowsOf } from "../src/model/rows";
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
const NONE: ReadonlySet<string> = new Set();

test("groups come in the order of their first rows and hold all rows exactly once", () => {
  expect(groups.map(({ scope }) => scope)).toEqual(["net.1", "net.0", ""]);
  const held = groups.flatMap((group) => group.rows.map(({ tag }) => tag));
  expect(held.sort()).toEqual(TENSORS.map(({ tag }) => tag).sort());
});

test("a group's totals are those of its rows: worst verdict, largest movement, sum of elements", () => {
  expect(groups[0]).toMatchObject({ worst: "unchanged", relativeMovement: 0.3, elements: 32 });
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
  const folded = entriesOf(kindsBelow(all, NAMES), new Set(KIND_SCOPES), NAMES);
  expect(
    folded.map((entry) => (entry.kind === "group" ? entry.group.label : entry.row.tag)),
  ).toEqual(["w", "Statistics", "Activations"]);
  expect(entryIndex(folded, "b.relu")).toBe(2);
  expect(entriesOf(kindsBelow(all, NAMES), NONE, NAMES)).toHaveLength(6);
  const none = all.filter(({ role }) => role === "activation");
  expect(kindsBelow(none, NAMES)).toEqual(none);
});

test("a folded group keeps its head and hides its rows", () => {
  expect(entriesOf(groups, NONE, NAMES)).toHaveLength(3 + 4);
  const folded = entriesOf(groups, new Set(["net.1"]), NAMES);
  expect(folded).toHaveLength(3 + 2);
  expect(folded[0]).toMatchObject({ kind: "group", open: false });
  expect(entriesOf(rows, new Set(["net.1"]), NAMES)).toHaveLength(4);
});

test("a tensor is found in the list, or by the head of its folded group", () => {
  const open = entriesOf(groups, NONE, NAMES);
  const folded = entriesOf(groups, new Set(["net.1"]), NAMES);
  expect(entryIndex(open, "net.1.bias")).toBe(2);
  expect(entryIndex(folded, "net.1.bias")).toBe(0);
  expect(entryIndex(open, "gone")).toBe(-1);
  expect(scopeWith(groups, "net.1.bias")).toBe("net.1");
  expect(scopeWith(groups, "gone")).toBeNull();
});

test("moving skips heads and folded rows, stops at the ends and starts at the top", () => {
  const ordered = groups.flatMap((group) => group.rows);
  const open = entriesOf(groups, NONE, NAMES);
  const folded = entriesOf(groups, new Set(["net.0"]), NAMES);
  expect(tagBeside(open, ordered, "net.1.bias", 1)).toBe("net.0.weight");
  expect(tagBeside(folded, ordered, "net.1.bias", 1)).toBe("alone");
  expect(tagBeside(folded, ordered, "net.0.weight", 1)).toBe("alone");
  expect(tagBeside(folded, ordered, "net.0.weight", -1)).toBe("net.1.bias");
  expect(tagBeside(open, ordered, "alone", 5)).toBe("alone");
  expect(tagBeside(open, ordered, "alone", Number.NEGATIVE_INFINITY)).toBe("net.1.weight");
  expect(tagBeside(open, ordered, null, 1)).toBe("net.1.weight");
  expect(tagBeside([], [], null, 1)).toBeNull();
});
