import { expect, test } from "vitest";
import { cellText } from "../src/heatmap/legend";
import { heatLines, heatRow, lineOf, rowsIn, scaleOf } from "../src/heatmap/rows";
import { entriesOf, groupRows } from "../src/model/groups";
import { Names } from "../src/model/names";
import { rowsOf } from "../src/model/rows";
import { overviewReply } from "./fixtures";

const APART = { prefix: "", suffix: "" };
const tags = ["a/1", "a/2", "b/1", "b/2"];
const widthOf = (text: string) => 7 * text.length;
const rows = rowsOf(
  overviewReply(
    "run",
    tags.map((tag) => ({ tag, resolution: 0.002 })),
  ),
);
const NAMES = new Names(tags, APART, widthOf);
const heat = new Map(rows.map((row) => [row.tag, heatRow(row)]));
const linesOf = (...folded: string[]) =>
  heatLines(entriesOf(groupRows(rows, APART, widthOf), new Set(folded), NAMES), heat);

test("the heat map has the lines of the table: heads, and tensors that are not folded away", () => {
  expect(linesOf().map(({ kind }) => kind)).toEqual([
    "group",
    "tensor",
    "tensor",
    "group",
    "tensor",
    "tensor",
  ]);
  const lines = linesOf("a");
  expect(lines.map(({ kind }) => kind)).toEqual(["group", "group", "tensor", "tensor"]);
  expect(rowsIn(lines).map(({ tag }) => tag)).toEqual(["b/1", "b/2"]);
});

test("what is folded away stretches no colours", () => {
  const far = new Map(heat);
  const row = heat.get("a/1");
  if (row) far.set("a/1", { ...row, values: [0, 1, 5000] });
  const scaleWithout = (...folded: string[]) =>
    scaleOf(
      heatLines(entriesOf(groupRows(rows, APART, widthOf), new Set(folded), NAMES), far),
      "movement",
    );
  expect(scaleWithout().highest).toBe(10_000);
  expect(scaleWithout("a").highest).toBe(1);
});

test("a tensor that is folded away has the line of its group's head", () => {
  expect(tags.map((tag) => lineOf(linesOf(), tag))).toEqual([1, 2, 4, 5]);
  expect(tags.map((tag) => lineOf(linesOf("a"), tag))).toEqual([0, 0, 2, 3]);
  expect(lineOf(linesOf(), "c")).toBe(-1);
  expect(lineOf(linesOf(), null)).toBe(-1);
});

test("a cell before the last step is measured by the last step's resolution, and says so", () => {
  const [row] = rows;
  if (!row) throw new Error("no row");
  expect(cellText(row, 400)).toMatch(/, below resolution$/);
  expect(cellText(row, 200)).toMatch(/, below the last step's resolution$/);
  expect(cellText({ ...row, resolution: 1e-9 }, 200)).not.toContain("resolution");
});
