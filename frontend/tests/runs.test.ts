import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stepAxis } from "../src/charts/step-axis";
import { type RunSeries, runReadings, runsPicture } from "../src/detail/runs-lines";
import { type Ratio, ratioOf, ratioPhrase, ratioText } from "../src/model/ratios";
import { type Row, rowsOf } from "../src/model/rows";
import { MOST_RUNS } from "../src/store/choice";
import { inOrder, runSlots } from "../src/store/compared";
import { overviewReply, seriesReply, type Tensor } from "./fixtures";

const ALL = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];

function row(tensor: Partial<Tensor>): Row {
  const [only] = rowsOf(overviewReply("run", [{ tag: "w", ...tensor }]));
  if (!only) throw new Error("no row");
  return only;
}

test("a run keeps its colour and dash, whatever stands beside it and whichever run leads", () => {
  expect(runSlots(ALL, ["b", "d"])).toEqual(new Map(Object.entries({ b: 1, d: 3 })));
  expect(runSlots(ALL, ["d", "c", "b"]).get("d")).toBe(3);
  expect(runSlots(ALL, ["d", "c", "b"]).get("b")).toBe(1);
});

test("no two chosen runs ever share a colour and dash", () => {
  const slots = runSlots(ALL, ["i", "a", "b"]); // the ninth wants the first one's place
  expect(slots.get("a")).toBe(0);
  expect(new Set(slots.values()).size).toBe(3);
  expect(new Set(runSlots([], ALL.slice(0, 8)).values()).size).toBe(8);
});

test("runs stand in the order of the logdir, those that are gone at the end", () => {
  expect(inOrder(ALL, ["gone", "c", "a"])).toEqual(["a", "c", "gone"]);
});

test("a ratio compares relative movements of one kind, and absolute ones otherwise", () => {
  const far = row({ movement: 0.01, relative: 0.1 });
  expect(ratioOf(row({ movement: 0.01, relative: 0.025 }), far)).toEqual({
    kind: "times",
    times: 0.25,
  });
  const ofItsValue = row({ movement: 0.005, relative: 0.5, scaleKind: "constant" });
  expect(ratioOf(ofItsValue, far)).toEqual({ kind: "times", times: 0.5 });
  const absolute = row({ movement: 0.02, relative: null, scaleKind: "none" });
  expect(ratioOf(absolute, far)).toEqual({ kind: "times", times: 2 });
});

test("below resolution only what the bounds prove is said", () => {
  // The fixture's bounds are a tenth and twice the movement.
  const unresolved = (movement: number) =>
    row({ movement, relative: movement / 0.1, resolution: 1 });
  const far = row({ movement: 0.01, relative: 0.1 });
  expect(ratioOf(unresolved(0.001), far)).toEqual({
    kind: "beyond",
    times: expect.closeTo(0.2),
  });
  expect(ratioOf(unresolved(0.006), far)).toEqual({ kind: "unclear" });
  expect(ratioOf(far, unresolved(0.001))).toMatchObject({ kind: "beyond" });
});

test("a reference that did not move makes no ratio, and neither does a missing tensor", () => {
  const still = row({ movement: 0, relative: 0 });
  expect(ratioOf(row({}), still)).toEqual({ kind: "only" });
  expect(ratioOf(still, still)).toEqual({ kind: "neither" });
  expect(ratioOf(null, still)).toEqual({ kind: "unknown" });
  expect(ratioOf(row({}), row({ movement: null, relative: null }))).toEqual({ kind: "unknown" });
});

test.each<[Ratio, string, string]>([
  [{ kind: "times", times: 0.2 }, "0.2×", "moved 20 % as far as in B"],
  [{ kind: "times", times: 0.5 }, "0.5×", "moved half as far as in B"],
  [{ kind: "times", times: 32.4 }, "32×", "moved 32 times as far as in B"],
  [{ kind: "times", times: 1.02 }, "as far", "moved as far as in B"],
  [{ kind: "times", times: 0.9 }, "0.9×", "moved 90 % as far as in B"],
  [{ kind: "beyond", times: 0.25 }, "< 0.25×", "moved at most 25 % as far as in B"],
  [{ kind: "beyond", times: 4 }, "> 4×", "moved at least 4 times as far as in B"],
  [{ kind: "only" }, "only here", "moved, and did not move in B"],
  [{ kind: "neither" }, "neither", "did not move, nor did it in B"],
])("the ratio %o in words", (ratio, text, phrase) => {
  expect(ratioText(ratio)).toBe(text);
  expect(ratioPhrase(ratio, "B")).toBe(phrase);
});

const asked = { xAxis: "step", movementAxis: "linear", zoom: null } as const;

function runs(...all: ReturnType<typeof seriesReply>[]): RunSeries[] {
  return all.map((series, slot) => ({ run: series.run, slot, series }));
}

test("runs with different steps share one axis, and the cross-hair stops at every step", () => {
  const [lead, other] = [seriesReply("a", "w"), seriesReply("b", "w", { steps: [0, 300, 900] })];
  const picture = runsPicture({ ...asked, lead, runs: runs(lead, other) });
  expect(picture.stops).toEqual([0, 200, 300, 400, 900]);
  expect(picture.axis.domain).toEqual([0, 900]);
  expect(picture.lines[1]?.values).toEqual([0, 0.5, 1]);
  expect(runReadings(picture, 900)).toMatchObject([
    { run: "a", value: "–", note: "ended at step 400" },
    { run: "b", value: "1.0 %", note: "" },
  ]);
  expect(runReadings(picture, 300)[0]?.note).toMatch(/^step (200|400)$/);
});

test("in relative time every run starts at one place, on the clock each at its own", () => {
  const lead = seriesReply("a", "w");
  const other = { ...seriesReply("b", "w"), wall_times: [100, 102, 104] };
  const together = runsPicture({ ...asked, xAxis: "relative", lead, runs: runs(lead, other) });
  expect(together.lines[1]?.at).toEqual([0, 400, 800]); // half as fast
  expect(together.stops).toEqual([0, 200, 400]);
  const clock = runsPicture({ ...asked, xAxis: "wall", lead, runs: runs(lead, other) });
  expect(clock.axis.domain).toEqual([0, 104]);
});

test("a zoom leaves of every run the steps in sight", () => {
  const [lead, other] = [seriesReply("a", "w"), seriesReply("b", "w", { steps: [0, 100, 300] })];
  const picture = runsPicture({ ...asked, zoom: [100, 400], lead, runs: runs(lead, other) });
  expect(picture.axis.domain).toEqual([100, 400]);
  expect(picture.lines.map(({ series }) => series.steps)).toEqual([
    [200, 400],
    [100, 300],
  ]);
  expect(picture.lines.map(({ at }) => at)).toEqual([
    [200, 400],
    [100, 300],
  ]);
});

test("percentages of different things are not drawn on one axis", () => {
  const lead = seriesReply("a", "w");
  const constant = { ...seriesReply("b", "w"), scale_kind: "constant" as const };
  const picture = runsPicture({ ...asked, lead, runs: runs(lead, constant) });
  expect(picture.unit).toBeNull();
  expect(picture.lines[0]?.values).toEqual(lead.movement);
});

test("below its resolution a line is not drawn as if it were known", () => {
  const lead = seriesReply("a", "w", { resolution: 0.0007 });
  const [line] = runsPicture({ ...asked, lead, runs: runs(lead) }).lines;
  expect(line?.resolved).toEqual([0, null, 1]);
  expect(line?.values).toEqual([0, 0.5, 1]);
});

test("an axis reaches as far as it is asked to", () => {
  const times = { steps: [0, 10], wall_times: [0, 1] };
  expect(stepAxis("step", times, null, [-5, 30]).domain).toEqual([-5, 30]);
  expect(stepAxis("relative", times, null, [30]).domain).toEqual([0, 3]);
});

test("the axis is logarithmic by itself where runs lie more than 30 times apart", () => {
  const runAt = (run: string, far: number) => ({
    ...{ run, slot: 0 },
    series: seriesReply(run, "w", { steps: [0, 100], shift: far }),
  });
  const logOf = (movementAxis: "auto" | "linear", ...moved: number[]) => {
    const runs = moved.map((far, i) => runAt(`r${i}`, far));
    const [lead] = runs.map(({ series }) => series);
    if (!lead) throw new Error("no run");
    return runsPicture({ ...asked, movementAxis, lead, runs }).log;
  };
  expect(logOf("auto", 0.1, 0.001)).toBe(true);
  expect(logOf("auto", 0.1, 0.01)).toBe(false);
  expect(logOf("linear", 0.1, 0.001)).toBe(false);
  expect(logOf("auto", 0.1)).toBe(false);
});

test("as many runs as can be compared have a line of their own each", () => {
  const all = Array.from({ length: 40 }, (_, i) => `r${i}`);
  const slots = runSlots(all, all.filter((_, i) => i % 2 === 0).slice(0, MOST_RUNS));
  expect(new Set(slots.values()).size).toBe(MOST_RUNS);
  const css = readFileSync(join(import.meta.dirname, "../src/ui/ui.css"), "utf8");
  const looks = [...slots.values()].map((slot) => {
    const [, look] = new RegExp(`\\.run-slot-${slot} \\{([^}]*)\\}`).exec(css) ?? [];
    return look;
  });
  expect(new Set(looks).size).toBe(MOST_RUNS);
  expect(looks).not.toContain(undefined);
});
