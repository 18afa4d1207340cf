import { render, type VNode } from "preact";
import { expect, test } from "vitest";
import type { Buckets, Measure } from "../src/api/replies";
import { bandPairs, dwarfing, endLabels } from "../src/charts/bands";
import { moveInto } from "../src/charts/frame";
import { areaPath, linePath, spreadLabels } from "../src/charts/lines";
import { domainOf, plotOf, stepAt, stepDomain } from "../src/charts/plot";
import { linearScale } from "../src/charts/scale";
import { formatStep, stepAxis } from "../src/charts/step-axis";
import {
  densityOf,
  highestDensity,
  histogramPicture,
  outlinePath,
  valueDomain,
} from "../src/detail/density";
import { rowsOf } from "../src/model/rows";
import type { Store } from "../src/store/store";
import { LogBar, LogBarAxis, logPosition, verdictLines } from "../src/table/bars";
import { columnsFor } from "../src/table/columns";
import { sparklinePaths } from "../src/ui/sparkline";
import { bandName } from "../src/words/labels";
import { BASIS_POINTS, histogramReply, overviewReply, seriesReply } from "./fixtures";

function drawn(part: VNode): HTMLElement {
  const root = document.createElement("div");
  render(part, root);
  return root;
}

/** Where x is the training step and nothing but its number. */
const axisOf = (...steps: number[]) => stepAxis("step", { steps, wall_times: [] });

const plot = plotOf({
  width: 400,
  height: 200,
  yDomain: [-1, 1],
  x: axisOf(0, 100),
});

test("a scale and its inverse undo each other", () => {
  const scale = linearScale([-2, 5], [300, 20]);
  for (const value of [-2, 0, 1.7, 5]) expect(scale.invert(scale(value))).toBeCloseTo(value);
});

test("every tick lies within the plot, and step ticks are whole", () => {
  for (const { position } of plot.xTicks) {
    expect(position).toBeGreaterThanOrEqual(plot.left);
    expect(position).toBeLessThanOrEqual(plot.right);
  }
  const few = plotOf({
    width: 400,
    height: 200,
    yDomain: [0, 1],
    x: axisOf(0, 1),
  });
  expect(few.xTicks.map(({ text }) => text)).toEqual(["0", "1"]);
});

test("a domain holds every finite value and ignores what is missing", () => {
  const [low, high] = domainOf(
    [
      [1, null, 3],
      [Number.NaN, -2],
    ],
    { include: [0] },
  );
  expect(low).toBeLessThan(-2);
  expect(high).toBeGreaterThan(3);
  expect(domainOf([[null]], { fallback: 2 })).toEqual([-2, 2]);
  expect(domainOf([[5, 5]], { fallback: 1 })).toEqual([4, 6]);
});

test("a single step still has room on both sides", () => {
  const [low, high] = stepDomain([7]);
  expect([low, high]).toEqual([6, 8]);
  const spec = {
    width: 400,
    height: 200,
    yDomain: [0, 1],
    x: axisOf(7),
  } as const;
  expect(plotOf(spec).xTicks.map(({ text }) => text)).toEqual(["7"]);
  expect(stepDomain([3, 5, 90])).toEqual([3, 90]);
});

test("the step under the pointer is the nearest kept one", () => {
  const steps = [0, 10, 100];
  expect(stepAt(plot, steps, plot.x(54))).toBe(1);
  expect(stepAt(plot, steps, plot.x(56))).toBe(2);
  expect(stepAt(plot, steps, -1000)).toBe(0);
});

test("a gap in the values is a gap in the line and in the strip", () => {
  const values = [0, null, 0.5, 0.2];
  expect(linePath(plot, [0, 10, 20, 30], values).match(/M/g)).toHaveLength(2);
  expect(areaPath(plot, [0, 10, 20, 30], [0, 0, null, 0], values).match(/M/g)).toHaveLength(2);
});

test("a single step is drawn as a line of some length", () => {
  expect(linePath(plot, [50], [0])).toMatch(/^M.+L/);
});

test("all nine quantile lines have the names people asked for", () => {
  expect(BASIS_POINTS.map(bandName)).toEqual([
    "min",
    "6.7 %",
    "16 %",
    "31 %",
    "median",
    "69 %",
    "84 %",
    "93 %",
    "max",
  ]);
  expect(bandPairs(BASIS_POINTS).map(({ name }) => name)).toEqual([
    "min–max",
    "6.7–93 %",
    "16–84 %",
    "31–69 %",
  ]);
});

test("min and max are taken out only where they dwarf the change of all others", () => {
  const bands = (outer: number) => BASIS_POINTS.map((_, i) => [0, i === 0 || i === 8 ? outer : 1]);
  expect([...dwarfing(BASIS_POINTS, bands(2))]).toEqual([]);
  expect([...dwarfing(BASIS_POINTS, bands(50))]).toEqual([0]);
  const still = BASIS_POINTS.map(() => [0, 0]);
  expect([...dwarfing(BASIS_POINTS, still)]).toEqual([]);
});

test("the names at the lines' ends keep the lines' order and never touch", () => {
  const { bands } = seriesReply("run", "tag", { scale: 0.001 });
  const labels = endLabels(plot, BASIS_POINTS, bands, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(labels.map(({ name }) => name)).toEqual([...BASIS_POINTS].reverse().map(bandName));
  labels.slice(1).forEach(({ textY }, i) => {
    expect(textY - (labels[i]?.textY ?? 0)).toBeGreaterThanOrEqual(11 - 1e-9);
  });
});

test("spread labels stay in bounds when they fit, and where they want when they are free", () => {
  const spread = spreadLabels([10, 10, 10, 95, 99], 11, 5, 100);
  expect(spread[0]).toBeGreaterThanOrEqual(5);
  expect(spread.at(-1)).toBeLessThanOrEqual(100);
  expect(spreadLabels([20, 50, 80], 11, 0, 100)).toEqual([20, 50, 80]);
});

test("density times width adds up to one, however ragged the buckets", () => {
  const edges = [-1, -0.5, -0.4999, -0.1, 0, 1e-12, 1e-9, 0.3, 2];
  const density = densityOf({ edges, counts: [3, 1, 4, 1, 5, 9, 2, 6] }, 0.05);
  const mass = density.bars.reduce((sum, bar) => sum + bar.density * (bar.right - bar.left), 0);
  expect(mass).toBeCloseTo(1);
});

test("buckets too thin to draw are joined, so that none towers over the rest", () => {
  const edges = [-1, 0, 1e-12, 1e-6, 1];
  const { bars } = densityOf({ edges, counts: [500, 1, 0, 500] }, 0.02);
  for (const { density, left, right } of bars) {
    expect(right - left).toBeGreaterThanOrEqual(0.02);
    expect(density).toBeLessThan(1);
  }
});

test("a bucket of no width is a spike with its share, not an infinite density", () => {
  const density = densityOf({ edges: [0, 0, 0.5, 1], counts: [6, 1, 1] }, 0.01);
  expect(density.spikes).toEqual([{ at: 0, count: 6, share: 0.75 }]);
  for (const bar of density.bars) expect(Number.isFinite(bar.density)).toBe(true);
});

test("empty end buckets do not widen the axis, and a constant gets some room", () => {
  const [low, high] = valueDomain([{ edges: [-9, 1, 2, 9], counts: [0, 5, 0] }]);
  expect(low).toBeGreaterThan(0.9);
  expect(high).toBeLessThan(2.1);
  const [left, right] = valueDomain([{ edges: [0.1, 0.1], counts: [16] }]);
  expect(left).toBeLessThan(0.1);
  expect(right).toBeGreaterThan(0.1);
  expect(valueDomain([{ edges: [0, 1], counts: [0] }])).toEqual([-1, 1]);
});

test("an outline starts and ends on the axis", () => {
  const bars = [
    { left: 0, right: 10, count: 1, density: 0.5 },
    { left: 10, right: 20, count: 1, density: 1 },
    { left: 40, right: 50, count: 1, density: 1 },
  ];
  const path = outlinePath(plot, bars);
  const zero = plot.y(0);
  expect(path.match(/M/g)).toHaveLength(2);
  expect(path.endsWith(`,${zero}`)).toBe(true);
  expect(outlinePath(plot, [])).toBe("");
});

test("the logarithmic bar grows with the movement and stays within its track", () => {
  const positions = [0, 1e-9, 1e-4, 1e-2, 1, 1e6].map(logPosition);
  expect(positions).toEqual([...positions].sort((a, b) => a - b));
  expect(positions[0]).toBe(0);
  expect(positions.at(-1)).toBe(1);
  expect(logPosition(Number.NaN)).toBe(0);
});

test("the bars' lines and the axis above them stand at the limits in force", () => {
  expect(verdictLines({ moved: 0.01, moved_far: 0.1 })).toEqual({
    "--moved": "50.00%",
    "--moved-far": "66.67%",
  });
  expect(verdictLines({ moved: 1e-4, moved_far: 10 })["--moved-far"]).toBe("100.00%");
  const axis = drawn(<LogBarAxis limits={{ moved: 0.01, moved_far: 0.1 }} />);
  expect([...axis.querySelectorAll("span")].map(({ textContent }) => textContent)).toEqual([
    "1 %",
    "10 %",
  ]);
});

test("a bar that would be empty is not drawn", () => {
  const bars = (value: number | null, bounds: readonly [number, number] | null = null) =>
    drawn(<LogBar value={value} bounds={bounds} />).querySelectorAll(".log-bar").length;
  expect([bars(null), bars(0)]).toEqual([0, 0]);
  expect([bars(0.02), bars(0, [0.001, 0.02])]).toEqual([1, 1]);
});

test("a sparkline skips what is missing and copes with nothing", () => {
  expect(sparklinePaths([0, 1, 2], [0, null, 1], 72, 20).path.match(/[ML]/g)).toHaveLength(2);
  expect(sparklinePaths([], [], 72, 20)).toEqual({ path: "", broke: "" });
  expect(sparklinePaths([0, 1], [0, 0], 72, 20).path).not.toContain("NaN");
});

test("a sparkline of what broke leaves room for the step that did, and marks it", () => {
  const { path, broke } = sparklinePaths([0, 10, 20], [0, 1, 2], 82, 20, 40);
  expect(path).toMatch(/L41\.0,2\.0$/);
  expect(broke).toBe("M81.0,1V19");
  expect(sparklinePaths([0, 10, 40], [0, 1, 2], 82, 20, 20).broke).toBe("M41.0,1V19");
  expect(sparklinePaths([], [], 82, 20, 0)).toEqual({ path: "", broke: "M1.0,1V19" });
  const [row] = rowsOf(overviewReply("run", [{ tag: "w" }]));
  const marks = [null, 600].map((nonFiniteStep) => {
    const column = columnsFor(700, 100).find(({ name }) => name === "sparkline");
    const cell = row && column?.cell({ ...row, nonFiniteStep }, [] as never, 0);
    return drawn(<div>{cell?.children}</div>).querySelectorAll(".sparkline-broke").length;
  });
  expect(marks).toEqual([0, 1]);
});

test("a table has the further columns where they leave names whole, the least asked for last", () => {
  const extra = (width: number, names: number) =>
    columnsFor(width, names)
      .map(({ name }) => name)
      .filter((name) => ["bar", "role", "elements", "moved"].includes(name));
  expect(extra(0, 0)).toEqual([]);
  expect(extra(700, 100)).toEqual(["bar"]);
  expect(extra(700, 300)).toEqual([]);
  expect(extra(900, 300)).toEqual(["role", "bar"]);
  expect(extra(1100, 300)).toEqual(["role", "elements", "moved", "bar"]);
  expect(extra(1100, 900)).toEqual([]);
  // The same list while it is dragged: rows that are drawn stay so.
  expect(columnsFor(701, 100)).toBe(columnsFor(700, 100));
});

test("the axis of the bars stands above bars alone", () => {
  const bar = columnsFor(700, 100).find(({ name }) => name === "bar");
  const axisOf = (measure: Measure) => {
    const overview = { value: { data: { thresholds: { moved: 0.01, moved_far: 0.1 } } } };
    const head = bar?.head({ overview, measure: { value: measure } } as unknown as Store);
    return drawn(<div>{head}</div>).querySelector("[data-testid=log-bar-axis]") !== null;
  };
  expect((["movement", "estimate", "norm", "speed"] as const).map(axisOf)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test("long steps are short on an axis", () => {
  expect([400, 1500, 12000, 2e6, 1234].map(formatStep)).toEqual([
    "400",
    "1,500",
    "12,000",
    "2M",
    "1,234",
  ]);
});

/** A bell of so wide a spread, in buckets of equal width. */
function bell(spread: number, middle = 0): { edges: number[]; counts: number[] } {
  const at = Array.from({ length: 41 }, (_, i) => (i - 20) / 5);
  const counts = at.slice(1).map((z) => Math.round(1e5 * Math.exp(-((z - 0.1) ** 2) / 2)));
  return { edges: at.map((z) => middle + z * spread), counts };
}

const drawnHistogram = (step: Buckets, baseline: Buckets) =>
  histogramPicture({
    ...histogramReply("r", "w", 200),
    ...step,
    baseline: { ...baseline, run: "r", step: 0, wall_time: null },
  });

test("two histograms too close to be told apart are drawn with their difference, which sums to 0", () => {
  const { difference, axis } = drawnHistogram(bell(0.1005), bell(0.1));
  expect(axis).toBeNull();
  const shares = difference?.map(({ count }) => count) ?? [];
  expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(0);
  const [outside = 0, inside = 0] = [shares[4], shares[20]];
  expect(outside).toBeGreaterThan(0);
  expect(inside).toBeLessThan(0);
});

test("histograms that can be told apart, or are the same, have no strip of their difference", () => {
  expect(drawnHistogram(bell(0.15), bell(0.1)).difference).toBeNull();
  // A fifth further apart is a share of 4.4 % that lies elsewhere.
  expect(drawnHistogram(bell(0.109), bell(0.1)).difference).not.toBeNull();
  expect(drawnHistogram(bell(0.1), bell(0.1)).difference).toBeNull();
});

test.each([0, 1])(
  "where one histogram dwarfs the other both are as tall as can be seen: %d",
  (at) => {
    const { axis, baseline, chosen, highest } = drawnHistogram(bell(1000), bell(0.1, at));
    expect(highestDensity([baseline])).toBeGreaterThan(0.05 * highest);
    expect(highestDensity([chosen])).toBeGreaterThan(0.05 * highest);
    for (const value of [-900, 0.05, 12])
      expect(axis?.stepAt(axis.place(value))).toBeCloseTo(value);
    const marks = axis?.ticks(5) ?? [];
    expect(marks.length).toBeGreaterThan(2);
    expect(marks.length).toBeLessThan(8);
    expect(marks.map(({ text }) => text)).toContain(String(at));
    expect(marks.map(({ value }) => value)).toEqual(
      marks.map(({ value }) => value).sort((a, b) => a - b),
    );
  },
);

test("what leaves its room moves back no further than it must, and starts in it in any case", () => {
  expect(moveInto([10, 90], [0, 100])).toBe(0);
  expect(moveInto([50, 130], [0, 100])).toBe(-34);
  expect(moveInto([-20, 60], [0, 100])).toBe(24);
  expect(moveInto([50, 250], [0, 100])).toBe(-46);
});
