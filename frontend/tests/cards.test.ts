import { signal } from "@preact/signals";
import { expect, test } from "vitest";
import { createReplies } from "../src/api/resource";
import {
  acrossLine,
  CARD_HEIGHT,
  cardGrid,
  columnsIn,
  lineOf,
  linesBetween,
} from "../src/cards/grid";
import { cardPlot, stripPath } from "../src/cards/plot";
import { linearScale } from "../src/charts/scale";
import { entriesOf, groupRows } from "../src/model/groups";
import { Names } from "../src/model/names";
import { rowsOf } from "../src/model/rows";
import type { Derived } from "../src/store/derived";
import { SeriesQueue } from "../src/store/loading";
import { fakeServer, overviewReply, seriesReply } from "./fixtures";

const APART = { prefix: "", suffix: "" };
const tags = ["a/1", "a/2", "a/3", "b/1", "b/2"];
const widthOf = (text: string) => 7 * text.length;
const rows = rowsOf(
  overviewReply(
    "run",
    tags.map((tag) => ({ tag })),
  ),
);
const NAMES = new Names(tags, APART, widthOf);
const grouped = entriesOf(groupRows(rows, APART, widthOf), new Set(), NAMES);

test("there is at least one column, and as many as fit", () => {
  expect([0, 150, 400, 620].map(columnsIn)).toEqual([1, 1, 2, 3]);
});

test("each group starts a line of its own and no line overlaps the next", () => {
  const { lines, height } = cardGrid(grouped, 2);
  expect(lines.map(({ start, end }) => [start, end])).toEqual([
    [0, 1],
    [1, 3],
    [3, 4],
    [4, 5],
    [5, 7],
  ]);
  lines.slice(1).forEach((line, i) => {
    const above = lines[i];
    expect(line.top).toBeGreaterThan((above?.top ?? 0) + (above?.height ?? 0));
  });
  expect(height).toBe((lines.at(-1)?.top ?? 0) + CARD_HEIGHT);
  expect(cardGrid([], 3).height).toBe(0);
});

test("a card after a group has a line of its own, and those of the group are set in", () => {
  const after = entriesOf(groupRows(rows.slice(0, 4), APART, widthOf), new Set(), NAMES);
  expect(after.map(({ kind, depth }) => [kind, depth])).toEqual([
    ["group", 0],
    ["tensor", 1],
    ["tensor", 1],
    ["tensor", 1],
    ["tensor", 0],
  ]);
  expect(cardGrid(after, 4).lines.map(({ start, end }) => [start, end])).toEqual([
    [0, 1],
    [1, 4],
    [4, 5],
  ]);
  expect(acrossLine(1, 1, 4).left).toBe("calc(16px + 1 * (100% - 16px) / 4)");
});

test("every line in sight is drawn and each entry has its line", () => {
  const grid = cardGrid(grouped, 2);
  expect(linesBetween(grid, 0, grid.height)).toHaveLength(grid.lines.length);
  expect(linesBetween(grid, 0, 10).map(({ start }) => start)).toEqual([0]);
  grouped.forEach((_, i) => {
    expect(lineOf(grid, i)).toBeDefined();
  });
  expect(lineOf(grid, 99)).toBeUndefined();
});

test("all that a card draws lies within its plot", () => {
  const plot = cardPlot(seriesReply("run", "tag"), 200, 80);
  const numbers = [plot.median, ...plot.strips.map(({ path }) => path)]
    .join("")
    .match(/-?[\d.]+,-?[\d.]+/g);
  for (const point of numbers ?? []) {
    const [x = -1, y = -1] = point.split(",").map(Number);
    expect(x).toBeGreaterThanOrEqual(0);
    expect(x).toBeLessThanOrEqual(200);
    expect(y).toBeGreaterThanOrEqual(0);
    expect(y).toBeLessThanOrEqual(80);
  }
  expect([plot.firstStep, plot.lastStep, plot.still]).toEqual(["0", "400", false]);
  expect(cardPlot(seriesReply("run", "tag", { shift: 0 }), 200, 80).still).toBe(true);
});

test("a gap is a gap in the strip", () => {
  const [x, y] = [linearScale([0, 3], [0, 30]), linearScale([0, 1], [10, 0])];
  const path = stripPath(x, y, [0, 1, 2, 3], [0, null, 0, 0], [1, 1, 1, 1]);
  expect(path.match(/M/g)).toHaveLength(2);
});

test("however many steps share a pixel, their spikes stay", () => {
  const steps = Array.from({ length: 5000 }, (_, i) => i);
  const spike = steps.map((step) => (step === 2501 ? 1 : 0));
  const [x, y] = [linearScale([0, 4999], [0, 100]), linearScale([0, 1], [10, 0])];
  const path = stripPath(x, y, steps, spike, spike, false);
  expect(path).toContain("50,0");
  expect(path.length).toBeLessThan(2000);
});

const compared = { against: signal({}), againstKey: signal("{}") } as unknown as Derived;

function queueOf() {
  const server = fakeServer();
  const replies = createReplies();
  const generation = signal(0);
  const queue = new SeriesQueue(server.api, replies, generation);
  return { server, replies, generation, queue, stop: queue.start() };
}

test("cards ask for four series at a time, in their order", async () => {
  const { server, queue } = queueOf();
  for (const tag of ["a", "b", "c", "d", "e"]) queue.claim("run", tag, compared);
  expect(server.calls.map(({ route }) => route.at(-1))).toEqual(["a", "b", "c", "d"]);
  await server.call("series run b").answer(seriesReply("run", "b"));
  expect(server.calls.at(-1)?.route).toBe("series run e");
});

test("a card that is scrolled away waits no more and its request is given up", async () => {
  const { server, queue } = queueOf();
  const claims = ["a", "b", "c", "d", "e"].map((tag) => queue.claim("run", tag, compared));
  claims[0]?.release();
  claims[4]?.release();
  await Promise.resolve();
  expect(server.call("series run a").aborted()).toBe(true);
  expect(server.calls.map(({ route }) => route)).not.toContain("series run e");
});

test("what the detail waits for as well is not given up", async () => {
  const { server, queue, replies } = queueOf();
  const claim = queue.claim("run", "a", compared);
  const letGo = replies.series.at("run", "a", "{}").hold();
  claim.release();
  await Promise.resolve();
  expect(server.call("series run a").aborted()).toBe(false);
  letGo();
  await Promise.resolve();
  expect(server.call("series run a").aborted()).toBe(true);
});

test("a reload asks again for the cards in sight and keeps what they show", async () => {
  const { server, queue, generation } = queueOf();
  const claim = queue.claim("run", "a", compared);
  await server.call("series run a").answer(seriesReply("run", "a"));
  generation.value += 1;
  expect(server.calls).toHaveLength(2);
  expect(claim.snapshot.value.data?.tag).toBe("a");
});
