import { expect, test } from "vitest";
import { plotOf, stepAt } from "../src/charts/plot";
import { logScale } from "../src/charts/scale";
import { momentTicks, stepAxis } from "../src/charts/step-axis";
import { stepTable } from "../src/charts/table-of-chart";
import { histogramTable } from "../src/detail/density";
import { movementLines, partsOf, speedOf } from "../src/detail/movement";
import { histogramReply, seriesReply } from "./fixtures";

const STEPS = [0, 10, 20, 100];
const TIMES = [1000, 1060, 1120, 4600];
const SERIES = { steps: STEPS, wall_times: TIMES };

test.each(["step", "relative", "wall"] as const)(
  "the %s axis places every step in order and finds it again",
  (kind) => {
    const axis = stepAxis(kind, SERIES);
    const places = STEPS.map(axis.place);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places.map(axis.stepAt)).toEqual(STEPS);
    expect(axis.domain).toEqual([places[0], places.at(-1)]);
  },
);

test("an axis of time gives equal times equal room", () => {
  const axis = stepAxis("relative", SERIES);
  expect(axis.place(20) - axis.place(10)).toBe(axis.place(10) - axis.place(0));
  expect(axis.label).toBe("time since step 0, in minutes");
  expect(axis.stamp(10)).toBe("1 min after step 0");
  expect(axis.ticks(4).map(({ text }) => text)).toEqual(["0", "20", "40", "60"]);
});

test("relative time counts from the first kept step, also when zoomed", () => {
  const axis = stepAxis("relative", SERIES, [10, 20]);
  expect(axis.domain).toEqual([1060, 1120]);
  expect(axis.stamp(20)).toContain("after step 0");
});

test("without times there is only the step; a missing one lies between its neighbours", () => {
  const none = stepAxis("wall", { steps: STEPS, wall_times: [null, 5, null, null] });
  expect(none.label).toBe("training step");
  const some = stepAxis("wall", { steps: STEPS, wall_times: [1000, null, 1120, 4600] });
  expect(some.place(10)).toBe(1060);
});

test("a clock that was set back never turns the axis around", () => {
  const axis = stepAxis("wall", { steps: STEPS, wall_times: [1000, 900, 1100, 1200] });
  const places = STEPS.map(axis.place);
  expect(places).toEqual([1000, 1000, 1100, 1200]);
});

test.each([
  [0.4, 5],
  [9, 5],
  [700, 5],
  [90_000, 6],
  [4e6, 4],
  [9e7, 5],
])("ticks over %d seconds are round, few and inside", (span, count) => {
  const from = 1_795_414_396.9;
  const ticks = momentTicks([from, from + span], count);
  expect(ticks.length).toBeGreaterThan(0);
  expect(ticks.length).toBeLessThanOrEqual(count + 1);
  expect(new Set(ticks.map(({ text }) => text)).size).toBe(ticks.length);
  for (const { value } of ticks) expect(value >= from && value <= from + span).toBe(true);
});

test("the step under the pointer is the one drawn nearest, whatever the axis", () => {
  const axis = stepAxis("relative", SERIES);
  const plot = plotOf({ width: 420, height: 200, x: axis, yDomain: [0, 1] });
  for (const [i, step] of STEPS.entries()) expect(stepAt(plot, STEPS, plot.x(step))).toBe(i);
});

test("equal factors take equal room on a logarithmic scale, and 0 stands at its foot", () => {
  const scale = logScale([0.01, 100], [200, 0]);
  expect(scale(1) - scale(0.1)).toBeCloseTo(scale(10) - scale(1));
  expect(scale(0)).toBe(200);
  expect(scale.invert(scale(3))).toBeCloseTo(3);
});

test("logarithmic movement has gaps at 0, holds its bounds and draws nothing outside", () => {
  const series = seriesReply("a", "w", { slack: 0.0002, resolution: 0.0001 });
  const lines = movementLines(series, "log");
  expect(lines.log).toBe(true);
  expect(lines.values[0]).toBeNull();
  const drawn = [lines.values, lines.lower, lines.upper, lines.resolution].flat();
  for (const value of drawn)
    if (value !== null) expect(value >= lines.low && value <= lines.high).toBe(true);
  expect(
    plotOf({
      width: 400,
      height: 200,
      x: [0, 1],
      yDomain: [lines.low, lines.high],
      yLog: true,
    }).yTicks.length,
  ).toBeGreaterThan(1);
});

test("a tensor that never moved has no logarithm: its axis stays linear", () => {
  expect(movementLines(seriesReply("a", "w", { shift: 0 }), "log").log).toBe(false);
});

test("the parts of a movement share one unit; without a spread there is no change of it", () => {
  const series = seriesReply("a", "w");
  const { unit, parts } = partsOf({ ...series, spread_ratio: [1, 1.02, null] });
  expect(unit).toBe("% of spread");
  expect(parts.map(({ name }) => name)).toEqual(["median", "spread", "shape"]);
  expect(parts[0]?.values[2]).toBeCloseTo(1);
  expect(parts[1]?.values[1]).toBeCloseTo(2);
  expect(parts[1]?.values[2]).toBeNull();
  const constant = partsOf({ ...series, scale_kind: "constant" });
  expect(constant.parts.map(({ name }) => name)).toEqual(["median", "shape"]);
  const absolute = partsOf({ ...series, scale: null, scale_kind: "none" });
  expect(absolute.unit).toBeNull();
  expect(absolute.parts[0]?.values).toEqual(series.median_shift);
});

test("speed is per training step, in the unit of the movement", () => {
  const speed = speedOf(seriesReply("a", "w"));
  expect(speed.unit).toBe("% of spread per training step");
  expect(speed.values[0]).toBeNull();
  expect(speed.values[1]).toBeCloseTo(0.0025);
});

test("a chart's table has a row for each step and a column for each name, even a doubled one", () => {
  const readouts = [
    [{ name: "movement", value: "0" }],
    [
      { name: "movement", value: "1 %" },
      { name: "movement", value: "0.1" },
    ],
  ];
  const table = stepTable([0, 5], (i) => readouts[i] ?? []);
  expect(table).toEqual({
    columns: ["step", "movement", "movement"],
    rows: [
      ["0", "0", ""],
      ["5", "1 %", "0.1"],
    ],
  });
});

test("steps in a chart's table are told as everywhere", () => {
  const { rows } = stepTable([1000, 12345], () => [{ name: "movement", value: "1 %" }]);
  expect(rows.map(([step]) => step)).toEqual(["1,000", "12,345"]);
});

test("a histogram's table has as few digits as tell its edges apart", () => {
  const histogram = histogramReply("a", "w", 1000);
  histogram.edges = [0.0012345678, 0.0023456789, 0.0034567891];
  histogram.counts = [1234, 5678];
  const narrow = { ...histogram, edges: [0.1, 0.100001234, 0.100001234] };
  expect(histogramTable(histogram).rows.slice(0, 2)).toEqual([
    ["step 1,000", "0.00123", "0.00235", "1,234"],
    ["step 1,000", "0.00235", "0.00346", "5,678"],
  ]);
  expect(histogramTable(narrow).rows.slice(0, 2)).toEqual([
    ["step 1,000", "0.1", "0.100001", "1,234"],
    ["step 1,000", "0.100001", "0.100001", "5,678"],
  ]);
});

test("a histogram's table holds every bucket of both histograms", () => {
  const { rows } = histogramTable(histogramReply("a", "w", 40));
  expect(rows).toEqual([
    ["step 40", "0.09", "0.1", "7"],
    ["step 40", "0.1", "0.12", "9"],
    ["baseline, step 0", "0.1", "0.1", "16"],
  ]);
});
