import { expect, test } from "vitest";
import { cellAt, cellBeside, layOut, linesBetween } from "../src/map/layout";
import { mapOf } from "../src/model/layers";
import { sharedEnds } from "../src/model/names";
import { rowsOf } from "../src/model/rows";
import { overviewReply } from "./fixtures";

const widthOf = (text: string) => 6 * text.length;

function laidOut(tags: readonly string[], width = 400) {
  const rows = rowsOf(
    overviewReply(
      "run",
      tags.map((tag) => ({ tag })),
    ),
  );
  return layOut(mapOf(rows, sharedEnds(tags)), width, widthOf);
}

const KINDS = ["attn.weight", "attn.bias", "mlp.weight"];
const TAGS = ["wte.weight", ...[0, 1, 2].flatMap((n) => KINDS.map((kind) => `h.${n}.${kind}`))];
const layout = laidOut(TAGS);

const tagAt = (x: number, y: number) => cellAt(layout, x, y)?.row.tag;
const cellOf = (tag: string) => {
  const cell = layout.byTag.get(tag);
  if (!cell) throw new Error(`no cell of ${tag}`);
  return cell;
};

test("every tensor has one cell, which is found where it is drawn", () => {
  expect([...layout.byTag.keys()].sort()).toEqual([...TAGS].sort());
  for (const [tag, { line, left, width }] of layout.byTag) {
    const top = layout.lines[line]?.top ?? 0;
    expect(tagAt(left + width / 2, top + 5)).toBe(tag);
  }
  expect(tagAt(399, 5)).toBeUndefined();
});

test("lines follow each other without a hole, and those in sight are a few", () => {
  let top = 0;
  for (const line of layout.lines) {
    expect(line.top).toBe(top);
    top += line.height;
  }
  expect(layout.height).toBe(top);
  const many = laidOut(Array.from({ length: 2000 }, (_, n) => `layers.${n}.w`));
  expect(linesBetween(many, 3000, 3400).length).toBeLessThan(30);
});

test("keys go from cell to cell, and to the nearest of the next layer", () => {
  const from = cellOf("h.1.attn.weight");
  expect(cellBeside(layout, from, [-1, 0]).row.tag).toBe("h.1.attn.bias");
  expect(cellBeside(layout, from, [9, 0]).row.tag).toBe("h.1.mlp.weight");
  expect(cellBeside(layout, from, [0, 1]).row.tag).toBe("h.2.attn.weight");
  expect(cellBeside(layout, from, [0, 99]).row.tag).toBe("h.2.attn.weight");
  expect(cellBeside(layout, cellOf("h.0.attn.bias"), [0, -1]).row.tag).toBe("wte.weight");
});

test("cells grow narrow before they leave the map", () => {
  const wide = laidOut(
    Array.from({ length: 300 }, (_, n) => `h.${n % 3}.expert_${n}.w`),
    600,
  );
  for (const { left, width } of wide.byTag.values()) {
    expect(width).toBeGreaterThanOrEqual(2);
    expect(left + width).toBeLessThan(2600);
  }
});
