import { expect, test } from "vitest";
import { cardPicture } from "../src/cards/picture";
import { type Ink, type Picture, wrapped } from "../src/charts/sheet";
import { stepsCsv } from "../src/detail/export";
import { heatPicture, leftOutNote, MOST_LINES, shortened } from "../src/heatmap/picture";
import { heatDomain, heatLines, heatRow } from "../src/heatmap/rows";
import { entriesOf, groupRows } from "../src/model/groups";
import { rowsOf } from "../src/model/rows";
import { overviewReply, seriesReply } from "./fixtures";

const INK: Ink = {
  ...{ paper: "#fff", ink: "#111", soft: "#555", grid: "#eee", line: "#ccc" },
  ...{ band: "#00f", bands: ["0.1", "0.2", "0.3", "0.4"], median: "#008", ghost: "#777" },
  font: "sans-serif",
};
const APART = { prefix: "", suffix: "" };
const ODD = "<img src=x onerror=alert(1)>\u0001\uD800&=cmd()";

function heatOf(tags: readonly string[], folded: readonly string[] = [], grouped = false): Picture {
  const rows = rowsOf(
    overviewReply(
      "run",
      tags.map((tag) => ({ tag })),
    ),
  );
  const heat = new Map(rows.map((row) => [row.tag, heatRow(row)]));
  const listed = grouped ? groupRows(rows, APART) : rows;
  const lines = heatLines(entriesOf(listed, new Set(folded), APART), heat);
  const domain = heatDomain([...heat.values()]);
  return heatPicture({ lines, domain, theme: "light", notes: ["run r"] }, INK);
}

const parsed = ({ svg }: Picture) => new DOMParser().parseFromString(svg, "image/svg+xml");
const textsOf = (picture: Picture) =>
  [...parsed(picture).querySelectorAll("text")].map(({ textContent }) => textContent);

test("a card's picture names the tensor, its run, its axes with units and every band", () => {
  const series = seriesReply("lr-1", "conv/kernel");
  const texts = textsOf(cardPicture(series, INK));
  expect(texts[0]).toBe("conv/kernel");
  expect(texts[1]).toContain("run lr-1");
  for (const text of [
    "change since step 0, in the tensor's own unit",
    "training step",
    "31–69 %",
    "median",
  ])
    expect(texts).toContain(text);
});

test("against another baseline a card's picture says which", () => {
  const series = { ...seriesReply("r", "t"), baseline: "run:a" };
  expect(textsOf(cardPicture(series, INK))).toContain(
    "change since the baseline (run:a), in the tensor's own unit",
  );
});

test("a name of any characters is text in every picture, and what XML cannot hold is replaced", () => {
  for (const picture of [cardPicture(seriesReply(ODD, ODD), INK), heatOf([ODD])]) {
    expect(picture.svg).not.toContain("<img");
    for (const character of ["\u0001", "\uD800"]) expect(picture.svg).not.toContain(character);
    expect(textsOf(picture).join("")).toContain("<img src=x onerror=alert(1)>\uFFFD\uFFFD&=cmd()");
  }
});

test("a heat map's picture holds all rows in their order, the steps and the scale with its unit", () => {
  const texts = textsOf(heatOf(["b", "a", "c"]));
  expect(texts.filter((text) => /^[abc]$/.test(text ?? ""))).toEqual(["b", "a", "c"]);
  for (const text of [
    "Relative movement over training steps",
    "training step",
    "% of initial spread (or value)",
    "0.01 %",
    "gap",
    "no scale",
  ])
    expect(texts).toContain(text);
});

test("a folded group is one line of the picture", () => {
  const texts = textsOf(heatOf(["x/1", "x/2", "y/1"], ["x"], true));
  expect(texts).toContain("x: 2 tensors");
  expect(texts).toContain("y/1");
  expect(texts).not.toContain("x/1");
});

test("of thousands of rows the picture holds the first, and says how many are left out", () => {
  const picture = heatOf(Array.from({ length: MOST_LINES + 100 }, (_, i) => `t${i}`));
  const texts = textsOf(picture);
  expect(texts).toContain(`t${MOST_LINES - 1}`);
  expect(texts).not.toContain(`t${MOST_LINES}`);
  expect(texts).toContain(leftOutNote(MOST_LINES + 100)[0]);
  expect(picture.height).toBeLessThan(8000);
  expect(leftOutNote(MOST_LINES)).toEqual([]);
});

test("a missing step is a hatched gap in the picture", () => {
  const [row] = rowsOf(overviewReply("r", [{ tag: "w" }]));
  if (!row) throw new Error("no row");
  const steps = [0, 10, 20, 30, 50, 60, 70, 80];
  const gappy = heatRow({ ...row, keptSteps: 8, sparkline: { steps, movement: steps } });
  const lines = [{ kind: "tensor" as const, row: gappy, ends: APART }];
  const sheet = { lines, domain: heatDomain([gappy]), theme: "light" as const, notes: [] };
  const cells = parsed(heatPicture(sheet, INK)).querySelectorAll("path[fill='url(#gap)']");
  expect(cells).toHaveLength(1);
});

test("long texts go over several lines and long names lose their middle", () => {
  expect(wrapped("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrapped("x".repeat(5), 2)).toEqual(["xx", "xx", "x"]);
  expect(wrapped("", 5)).toEqual([""]);
  expect(shortened("abcdefghij", 5)).toBe("ab…ij");
  expect(shortened("abc", 5)).toBe("abc");
});

test("every step of a tensor is a line of its CSV, with all measures and quantiles", () => {
  const [head, ...lines] = stepsCsv(seriesReply("r", "=t")).trim().split("\r\n");
  expect(lines).toHaveLength(3);
  const columns = head?.split(",") ?? [];
  for (const name of ["step", "wall_time", "movement", "speed", "band_668", "delta_band_10000"])
    expect(columns).toContain(name);
  const second = lines[1]?.split(",") ?? [];
  expect(second.slice(0, 5)).toEqual(["r", "'=t", "first", "200", "1"]);
  expect(second[columns.indexOf("movement")]).toBe("0.0005");
  expect(second).toHaveLength(columns.length);
});
