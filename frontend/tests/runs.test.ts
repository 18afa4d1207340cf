import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Measure } from "../src/api/replies";
import { stepAxis } from "../src/charts/step-axis";
import { type NamedSeries, overlayPicture, overlayReadings } from "../src/detail/overlay";
import { commonStep } from "../src/model/common-step";
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
  [{ kind: "times", times: 0.2 }, "0.2 ×", "moved 20 % as far as in B"],
  [{ kind: "times", times: 0.5 }, "0.5 ×", "moved half as far as in B"],
  [{ kind: "times", times: 32.4 }, "32 ×", "moved 32 times as far as in B"],
  [{ kind: "times", times: 1.02 }, "as far", "moved as far as in B"],
  [{ kind: "times", times: 0.9 }, "0.9 ×", "moved 90 % as far as in B"],
  [{ kind: "beyond", times: 0.25 }, "< 0.25 ×", "moved at most 25 % as far as in B"],
  [{ kind: "beyond", times: 4 }, "> 4 ×", "moved at least 4 times as far as in B"],
  [{ kind: "only" }, "only here", "moved, and did not move in B"],
  [{ kind: "neither" }, "neither", "did not move, nor did it in B"],
])("the ratio %o in words", (ratio, text, phrase) => {
  expect(ratioText(ratio, "movement")).toBe(text);
  expect(ratioPhrase(ratio, "B", "movement")).toBe(`it ${phrase}`);
});

function measuredRow(measure: Measure, value: number | null, facts: Partial<Row> = {}): Row {
  return { ...row({}), ...facts, sparkline: { measure, steps: [0, 400], values: [null, value] } };
}

test("a measure without bounds makes a plain ratio, whatever movement says", () => {
  const unresolved = { basis: "bounds" as const };
  const norm = (value: number | null) => measuredRow("norm", value, unresolved);
  expect(ratioOf(norm(3), norm(12))).toEqual({ kind: "times", times: 0.25 });
  expect(ratioOf(norm(0), norm(0))).toEqual({ kind: "neither" });
  expect(ratioOf(norm(1), norm(0))).toEqual({ kind: "only" });
  expect(ratioOf(norm(null), norm(1))).toEqual({ kind: "unknown" });
  const half = measuredRow("speed", 0.001, { scale: 0.2 });
  expect(ratioOf(half, measuredRow("speed", 0.001, { scale: 0.1 }))).toMatchObject({ times: 0.5 });
  expect(ratioOf(norm(1), row({}))).toEqual({ kind: "unknown" }); // of two measures
});

test.each<[Ratio, Measure, string, string]>([
  [{ kind: "times", times: 0.2 }, "norm", "0.2 ×", "its norm is 20 % of that in B"],
  [{ kind: "times", times: 3 }, "speed", "3 ×", "its speed is 3 times that in B"],
  [{ kind: "times", times: 1 }, "norm", "the same", "its norm is the same as in B"],
  [{ kind: "only" }, "update_ratio", "only here", "its update ratio is not 0, and in B it is 0"],
  [
    { kind: "times", times: 0.5 },
    "estimate",
    "0.5 ×",
    "its single weights moved half as far as in B",
  ],
])("the ratio %o of the measure %s in words", (ratio, measure, text, phrase) => {
  expect(ratioText(ratio, measure)).toBe(text);
  expect(ratioPhrase(ratio, "B", measure)).toBe(phrase);
});

const logged = (...steps: number[]) => row({ steps });
const evenly = (end: number, count: number) =>
  Array.from({ length: count }, (_, i) => Math.round((i * end) / (count - 1)));

describe("the common step", () => {
  test("is the last at which all runs have a histogram", () => {
    expect(commonStep([logged(0, 200, 400), logged(0, 200, 400, 600)])).toBe(400);
    expect(commonStep([logged(0, 10, 1000), logged(0, 10, 500, 990)])).toBe(1000);
    expect(commonStep([logged(0, 10, 1000), logged(0, 10, 200)])).toBe(10);
  });

  test("is beyond the first histogram of each: there is none where runs do not meet", () => {
    expect(commonStep([logged(0, 100, 200), logged(300, 400)])).toBeNull();
    expect(commonStep([logged(0, 20, 500), logged(0, 15)])).toBeNull();
    expect(commonStep([logged(0, 100, 200), logged(50, 150, 250)])).toBeNull();
    expect(commonStep([logged(0, 400), logged(400)])).toBeNull();
    expect(commonStep([logged(0, 400, 800), logged(400, 800)])).toBe(800); // it comes late
    expect(commonStep([logged(0, 400), logged()])).toBeNull();
    expect(commonStep([])).toBeNull();
  });

  test("is found where rows name some of the steps that were kept", () => {
    const some = (end: number, keptSteps: number) => ({ ...logged(...evenly(end, 40)), keptSteps });
    expect(commonStep([some(1000, 101), some(2300, 231)])).toBe(1000);
    expect(commonStep([some(1000, 101), some(90000, 101)])).toBeNull();
    expect(commonStep([some(1000, 40), some(2300, 40)])).toBe(944); // all are named
  });

  test("may be just after the last histogram of some, as with batches of other sizes", () => {
    expect(commonStep([logged(...evenly(9380, 11)), logged(...evenly(18751, 11))])).toBe(9380);
  });
});

test("of the demo's six runs none is compared where one has its first histogram alone", () => {
  const keras = logged(...evenly(15, 16));
  const [tf, torch] = [logged(...evenly(500, 26)), logged(...evenly(300, 7))];
  const steps = [[keras], [tf, tf], [torch, torch, torch]].map(commonStep);
  expect(steps).toEqual([15, 500, 300]);
});

const asked = { xAxis: "step", movementAxis: "linear", zoom: null } as const;

function runs(...all: ReturnType<typeof seriesReply>[]): NamedSeries[] {
  return all.map((series, slot) => ({ name: series.run, slot, series }));
}

test("runs with different steps share one axis, and the cross-hair stops at every step", () => {
  const [lead, other] = [seriesReply("a", "w"), seriesReply("b", "w", { steps: [0, 300, 900] })];
  const picture = overlayPicture({ ...asked, lead, all: runs(lead, other) });
  expect(picture.stops).toEqual([0, 200, 300, 400, 900]);
  expect(picture.axis.domain).toEqual([0, 900]);
  expect(picture.lines[1]?.values).toEqual([0, 0.5, 1]);
  expect(overlayReadings(picture, 900)).toMatchObject([
    { name: "a", value: "–", note: "ended at step 400" },
    { name: "b", value: "1.0 %", note: "" },
  ]);
  expect(overlayReadings(picture, 300)[0]?.note).toMatch(/^step (200|400)$/);
});

test("in relative time every run starts at one place, on the clock each at its own", () => {
  const lead = seriesReply("a", "w");
  const other = { ...seriesReply("b", "w"), wall_times: [100, 102, 104] };
  const together = overlayPicture({ ...asked, xAxis: "relative", lead, all: runs(lead, other) });
  expect(together.lines[1]?.at).toEqual([0, 400, 800]); // half as fast
  expect(together.stops).toEqual([0, 200, 400]);
  const clock = overlayPicture({ ...asked, xAxis: "wall", lead, all: runs(lead, other) });
  expect(clock.axis.domain).toEqual([0, 104]);
});

test("a zoom leaves of every run the steps in sight", () => {
  const [lead, other] = [seriesReply("a", "w"), seriesReply("b", "w", { steps: [0, 100, 300] })];
  const picture = overlayPicture({ ...asked, zoom: [100, 400], lead, all: runs(lead, other) });
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
  const picture = overlayPicture({ ...asked, lead, all: runs(lead, constant) });
  expect(picture.unit).toBeNull();
  expect(picture.lines[0]?.values).toEqual(lead.movement);
});

test("below its resolution a line is not drawn as if it were known", () => {
  const lead = seriesReply("a", "w", { resolution: 0.0007 });
  const [line] = overlayPicture({ ...asked, lead, all: runs(lead) }).lines;
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
    ...{ name: run, slot: 0 },
    series: seriesReply(run, "w", { steps: [0, 100], shift: far }),
  });
  const logOf = (movementAxis: "auto" | "linear", ...moved: number[]) => {
    const runs = moved.map((far, i) => runAt(`r${i}`, far));
    const [lead] = runs.map(({ series }) => series);
    if (!lead) throw new Error("no run");
    return overlayPicture({ ...asked, movementAxis, lead, all: runs }).log;
  };
  expect(logOf("auto", 0.1, 0.001)).toBe(true);
  expect(logOf("auto", 0.1, 0.1 / 31)).toBe(true);
  expect(logOf("auto", 0.1, 0.1 / 29)).toBe(false);
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
