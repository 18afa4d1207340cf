import { expect, test } from "vitest";
import { cellAt, cellBeside, layOut, linesBetween } from "../src/map/layout";
import { mapTable } from "../src/map/table";
import { mapOf } from "../src/model/layers";
import { sharedEnds } from "../src/model/names";
import { rowsOf } from "../src/model/rows";
import { overviewReply } from "./fixtures";

const widthOf = (text: string) => 6 * text.length;

function laidOut(tags: readonly string[], width = 400, folded: readonly string[] = []) {
  const rows = rowsOf(
    overviewReply(
      "run",
      tags.map((tag) => ({ tag })),
    ),
  );
  const sections = mapOf(rows, sharedEnds(tags), new Set(folded));
  return layOut(sections, { names: 80, cells: width, widthOf });
}

const MANY = Array.from({ length: 203 }, (_, n) => ({ tag: `layers.${n}.w` }));
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

test("the map can be read as a table: each tensor with its place, its measure and its verdict", () => {
  const tensors = ["wte.weight", "h.0.attn.weight", "h.0.attn.bias", "h.1.attn.weight", "h.0.w"];
  const overview = overviewReply(
    "run",
    tensors.map((tag) => ({ tag })),
  );
  const { columns, rows } = mapTable(rowsOf(overview));
  expect(columns).toEqual(["layer", "module", "tensor", "movement", "verdict"]);
  expect(rows).toEqual([
    ["wte", "–", "weight", "≥ 1.0 %", "moved"],
    ["h.0", "attn", "bias", "≥ 1.0 %", "moved"],
    ["h.0", "attn", "weight", "≥ 1.0 %", "moved"],
    ["h.0", "–", "w", "≥ 1.0 %", "moved"],
    ["h.1", "attn", "weight", "≥ 1.0 %", "moved"],
  ]);
  const many = mapTable(rowsOf(overviewReply("run", MANY))).rows;
  expect(many).toHaveLength(201);
  expect(many.at(-1)).toEqual(["and 3 tensors more: filter them"]);
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

test("what finds no place beside the layers stands below, beside them again", () => {
  const tags = [0, 1, 2].flatMap((layer) =>
    Array.from({ length: 64 }, (_, n) => `h.${layer}.experts.${n}.w`),
  );
  const wide = laidOut([...tags, "h.0.router.w"], 300);
  expect(wide.byTag.size).toBe(193);
  const places = new Set<string>();
  for (const [tag, { line, left, width }] of wide.byTag) {
    expect(width).toBeGreaterThanOrEqual(8);
    expect(left + width).toBeLessThanOrEqual(300);
    expect(wide.lines[line]?.name).toBe(tag.slice(0, 3));
    places.add(`${line} ${left}`);
  }
  expect(places.size).toBe(193);
  const heads = wide.lines.flatMap(({ modules }) => (modules ? [modules] : []));
  for (const modules of heads)
    for (const [i, { left, width }] of modules.entries())
      expect(modules[i + 1]?.left ?? 300).toBeGreaterThanOrEqual(left + width);
  // The router is in the first layer alone: its band needs no other.
  expect(wide.lines.filter(({ name }) => name === "h.2").length).toBe(
    wide.lines.filter(({ name }) => name === "h.1").length,
  );
});

test("one module of very many tensors is cut into lines that fit", () => {
  const one = laidOut(
    Array.from({ length: 500 }, (_, n) => `w${n}x`),
    300,
  );
  expect(Math.max(...[...one.byTag.values()].map(({ left, width }) => left + width))).toBeLessThan(
    301,
  );
  expect(new Set([...one.byTag.values()].map(({ line, left }) => `${line} ${left}`)).size).toBe(
    500,
  );
});

test("a folded scope is one line, where its first tensors stand for the others", () => {
  const tags = ["enc.self.w", "enc.cross.w", "enc.cross.b", "dec.w"];
  const open = laidOut(tags);
  expect(open.lines.map(({ name }) => name)).toEqual(["", "dec", "enc", "cross", "self"]);
  const folded = laidOut(tags, 400, ["enc"]);
  expect(folded.lines.map(({ name }) => name)).toEqual(["", "dec", "enc"]);
  expect(folded.lines[2]?.cells.map(({ row }) => row.tag)).toEqual(["enc.cross.b", "enc.self.w"]);
  expect(folded.byTag.get("enc.cross.w")).toBe(folded.byTag.get("enc.self.w"));
});
