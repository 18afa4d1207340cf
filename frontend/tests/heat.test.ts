import { expect, test } from "vitest";
import type { MaybeNumber } from "../src/api/replies";
import {
  BROKEN,
  brushOf,
  codeOf,
  fittingTicks,
  GAP,
  HEAT_INKS,
  heatColor,
  heatPosition,
  heatScale,
  heatTicks,
  NOTHING_THERE,
  paintRow,
  type Rgb,
  SHADE,
  SHADES,
  UNCHANGED,
  UNSCALED,
} from "../src/charts/colours";
import { cellText, heatTable } from "../src/heatmap/legend";
import {
  heatColumns,
  heatDomain,
  heatRow,
  heatRowHeight,
  heatRows,
  pixelsOf,
  valueAt,
} from "../src/heatmap/rows";
import type { Theme } from "../src/host/tensorboard";
import { type Row, rowsOf } from "../src/model/rows";
import { nearest } from "../src/model/series";
import { overviewReply, type Tensor } from "./fixtures";

const THEMES: Theme[] = ["light", "dark"];

function tensor(
  steps: number[],
  movement: MaybeNumber[] = steps.map(() => 0.01),
  facts: Partial<Row> = {},
): Row {
  const [row] = rowsOf(overviewReply("run", [{ tag: "w" } satisfies Tensor]));
  if (!row) throw new Error("no row");
  return {
    ...row,
    keptSteps: steps.length,
    sparkline: { measure: "movement", steps, values: movement },
    ...facts,
  };
}

test("between two rows nothing shines through", () => {
  for (const ratio of [1, 1.25, 2])
    for (let index = 0; index < 40; index++)
      expect(pixelsOf(index, 17, 5.5, ratio).end).toBe(pixelsOf(index + 1, 17, 5.5, ratio).start);
});

test("the baseline itself is no cell that says unchanged; against another run's it may be one", () => {
  const row = tensor([0, 10, 20], [0, 0, 0.01], { baselineStep: 0 });
  const painted = codes(row);
  expect(painted[0]).toBe(NOTHING_THERE);
  expect(painted[50]).toBe(UNCHANGED);
  const speed = { measure: "speed", steps: [0, 10], values: [null, 0.1] } as const;
  expect(codes({ ...row, sparkline: speed })[0]).toBe(NOTHING_THERE);
  const [against] = heatRows([row], false).values();
  expect(against?.baselineAt).toBe(-1);
  expect(cellText(row, 0)).toBe("the baseline itself");
  expect(cellText(row, 0, false)).toBe("unchanged");
});

test("what holds NaN from its first step begins where the cells of the others begin", () => {
  const sound = tensor([0, 10, 20], [0, 0.1, 0.1], { tag: "sound" });
  const broken = tensor([], [], { tag: "broken", nonFiniteStep: 0 });
  const rows = heatRows([broken, sound], true);
  expect(rows.get("broken")?.brokenFrom).toBe(rows.get("sound")?.starts[0]);
});

test("ticks of any scale keep apart, and its end is told", () => {
  const text = (tick: number) => `${tick}`;
  for (const largest of [1e-9, 1e-4, 1, 1e3, 1e6])
    for (const measure of ["movement", "speed"] as const) {
      const scale = heatScale(measure, largest);
      const ticks = fittingTicks(scale, 184, text);
      expect(ticks.length).toBeGreaterThan(1);
      expect(ticks.at(-1)?.left).toBeCloseTo(184);
      for (const [i, { left, text }] of ticks.slice(1).entries())
        expect(left - (ticks[i]?.left ?? 0)).toBeGreaterThan(6 * Math.min(text.length, 14));
    }
});

const UP_TO_1 = heatScale("movement", 1);
const codes = (row: Row, width = 100) => {
  const heat = heatRow(row);
  return [...heatColumns(heat, heatDomain([heat]), width, UP_TO_1)];
};

/** CIE L*, which is even to the eye, from sRGB. */
function lightness(color: Rgb): number {
  const [r, g, b] = color.map((byte) => {
    const value = byte / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 116 * Math.cbrt(0.2126 * r + 0.7152 * g + 0.0722 * b) - 16;
}

test.each(THEMES)(
  "in the %s theme equal factors of movement are equal steps of lightness",
  (theme) => {
    const tones = Array.from({ length: 11 }, (_, i) => lightness(heatColor(i / 10, theme)));
    const steps = tones.slice(1).map((tone, i) => Math.abs(tone - (tones[i] ?? 0)));
    const mean = steps.reduce((a, b) => a + b) / steps.length;
    for (const step of steps) expect(Math.abs(step - mean)).toBeLessThan(0.3 * mean);
    const sorted = [...tones].sort((a, b) => (theme === "light" ? b - a : a - b));
    expect(tones).toEqual(sorted);
  },
);

test.each(THEMES)(
  "in the %s theme what is unchanged is nearer to the paper than any movement",
  (theme) => {
    const unchanged = lightness(HEAT_INKS[theme].unchanged);
    const least = lightness(heatColor(0, theme));
    expect(Math.abs(unchanged - least)).toBeGreaterThan(4);
    expect(unchanged > least).toBe(theme === "light");
  },
);

test("the scale is logarithmic and ends at 0.01 % and 100 %", () => {
  expect([1e-4, 1e-3, 1e-2, 1e-1, 1].map((each) => heatPosition(each, UP_TO_1))).toEqual(
    [0, 0.25, 0.5, 0.75, 1].map((position) => expect.closeTo(position)),
  );
  expect([1e-30, 1e6].map((each) => heatPosition(each, UP_TO_1))).toEqual([0, 1]);
});

test("missing, unchanged and unscaled cells have codes of their own, moved ones a shade", () => {
  expect(codeOf(null, false, UP_TO_1)).toBe(GAP);
  expect(codeOf(Number.NaN, false, UP_TO_1)).toBe(GAP);
  expect(codeOf(0, false, UP_TO_1)).toBe(UNCHANGED);
  expect(codeOf(0.5, true, UP_TO_1)).toBe(UNSCALED);
  expect(codeOf(1e-30, false, UP_TO_1)).toBe(SHADE);
  expect(codeOf(1e30, false, UP_TO_1)).toBe(SHADE + SHADES - 1);
});

test("a row covers its steps without a hole, whatever their cadence", () => {
  for (const steps of [[0, 10, 20, 30], [1, 2, 4, 8, 16, 32, 64], [5], [3, 4]])
    expect(codes(tensor(steps))).not.toContain(GAP);
});

test("a step that a cadence leaves out is a gap, as wide as the step", () => {
  const found = codes(tensor([0, 10, 20, 30, 50, 60, 70, 80, 90]), 100);
  expect(found.filter((code) => code === GAP)).toHaveLength(10);
  expect(found.slice(45, 55).filter((code) => code === GAP)).not.toHaveLength(0);
});

test("thinned steps, one or two apart, are no gaps", () => {
  expect(codes(tensor([0, 1, 2, 4, 5, 6, 8, 9], undefined, { keptSteps: 10 }))).not.toContain(GAP);
});

test("a value that does not exist is a gap at its step", () => {
  const found = codes(tensor([0, 10, 20], [0, null, 0.01], { baselineStep: null }), 30);
  expect(found[5]).toBe(UNCHANGED);
  expect(found[15]).toBe(GAP);
  expect(found[25]).toBeGreaterThanOrEqual(SHADE);
});

test("series of different steps stand on one axis, each where it was logged", () => {
  const early = heatRow(tensor([0, 10, 20, 30]));
  const late = heatRow(tensor([60, 70, 80, 90]));
  const domain = heatDomain([early, late]);
  expect(domain).toEqual([-5, 95]);
  const [first, second] = [early, late].map((row) => [...heatColumns(row, domain, 100, UP_TO_1)]);
  expect(first?.slice(40).every((code) => code === GAP)).toBe(true);
  expect(second?.slice(0, 60).every((code) => code === GAP)).toBe(true);
  expect(heatDomain([])).toEqual([0, 1]);
});

test("without a scale a tensor is hatched, not coloured", () => {
  const unscaled = { scale: null, scaleKind: "none", baselineStep: null } as const;
  const found = codes(tensor([0, 10], [0, 3], unscaled), 10);
  expect(new Set(found)).toEqual(new Set([UNCHANGED, UNSCALED]));
});

test("the value under a step is the one painted there, and none in a gap", () => {
  const row = heatRow(tensor([0, 10, 20, 30, 50, 60, 70, 80, 90]));
  expect([0, 4, 27, 54].map((step) => valueAt(row, step))).toEqual([0, 0, 3, -1 + 5]);
  expect(valueAt(row, 40)).toBe(-1);
  expect(nearest(row.steps, 41)).toBe(4);
  expect(nearest([], 41)).toBe(-1);
});

test("rows fill the room but stay readable", () => {
  expect(heatRowHeight(20, 500)).toBe(25);
  expect(heatRowHeight(2000, 500)).toBe(16);
  expect(heatRowHeight(2000, 500, true)).toBe(24);
  expect(heatRowHeight(2, 500)).toBe(32);
  expect(heatRowHeight(0, 500)).toBe(32);
});

test("a painted row stays between its lines, and hatches leave the paper bare", () => {
  const pixels = new Uint32Array(12 * 12);
  const brush = brushOf("light", 1);
  paintRow(pixels, 12, new Uint8Array(12).fill(SHADE), 4, 8, brush);
  expect(pixels.findIndex((pixel) => pixel !== 0)).toBe(4 * 12);
  expect(pixels.findLastIndex((pixel) => pixel !== 0)).toBe(8 * 12 - 1);
  pixels.fill(0);
  paintRow(pixels, 12, new Uint8Array(12).fill(GAP), -3, 99, brush);
  const bare = pixels.filter((pixel) => pixel === 0).length;
  expect(bare).toBe((144 * 5) / 6);
});

test("the heat map can be read as a table: tensors by steps, gaps said", () => {
  const [moved, absolute] = rowsOf(
    overviewReply("r", [{ tag: "w" }, { tag: "b", scaleKind: "none" }]),
  ) as [Row, Row];
  const gap = {
    ...moved,
    tag: "g",
    sparkline: { measure: "movement" as const, steps: [0, 400], values: [0, null] },
  };
  const { columns, rows } = heatTable([moved, absolute, gap]);
  expect(columns).toEqual(["tensor", "step 0", "step 200", "step 400"]);
  expect(rows).toEqual([
    ["w", "0 %", "0.50 %", "1.0 %"],
    ["b", "0", "0.0005", "0.001"],
    ["g", "0 %", "–", "–"],
  ]);
  const late = { ...gap, sparkline: { ...gap.sparkline, steps: [0, 12000] } };
  expect(heatTable([late]).columns.at(-1)).toBe("step 12,000");
  const many = heatTable(Array.from({ length: 203 }, () => moved)).rows;
  expect(many).toHaveLength(201);
  expect(many.at(-1)).toEqual(["and 3 tensors more: filter them"]);
});

test("the scale goes on above 100 % where the data do, and keeps few ticks", () => {
  const highest = (largest: number) => heatScale("movement", largest).highest;
  expect([0, 0.3, 1, 1.5, 10, 302_688, 1e30].map(highest)).toEqual([1, 1, 1, 10, 10, 1e6, 1e6]);
  for (const measure of ["movement", "speed", "update_ratio", "norm"] as const)
    for (const largest of [1e-9, 1e-3, 1, 1e6]) {
      const scale = heatScale(measure, largest);
      const ticks = heatTicks(scale);
      expect(ticks.length).toBeLessThanOrEqual(6);
      expect(ticks.at(-1)).toBe(scale.highest);
      const places = ticks.map((tick) => heatPosition(tick, scale));
      expect(places).toEqual([...places].sort((a, b) => a - b));
    }
  const wide = heatScale("movement", 1e3);
  expect(codeOf(1000, false, wide)).toBe(SHADE + SHADES - 1);
  expect(codeOf(1, false, wide)).toBeLessThan(codeOf(1000, false, wide));
});

test("from the step of NaN on a row is broken, to the end of the map, and readable there", () => {
  const broken = tensor([0, 100, 200], [0, 0.01, 0.02], { nonFiniteStep: 300 });
  const other = tensor([0, 100, 200, 300, 400], [0, 0.01, 0.02, 0.03, 0.04]);
  const domain = heatDomain([broken, other].map((row) => heatRow(row)));
  const codes = [...heatColumns(heatRow(broken), domain, 50, UP_TO_1)];
  expect(codes.slice(0, 25)).not.toContain(BROKEN);
  expect(new Set(codes.slice(31))).toEqual(new Set([BROKEN]));
  expect(cellText(broken, 300)).toBe("NaN or infinity");
  expect([...heatColumns(heatRow(broken), heatDomain([heatRow(broken)]), 50, UP_TO_1)]).toContain(
    BROKEN,
  );
});

test("the cell that broke stands below those of its step, however few there are before", () => {
  const steps = [0, 300, 600, 900, 1200];
  const whole = heatRow(tensor(steps));
  const startOf = (step: number) => whole.starts[steps.indexOf(step)];
  const broken = (kept: number[], nonFiniteStep: number) =>
    heatRow(tensor(kept, undefined, { nonFiniteStep }));
  expect(broken([0, 300, 600], 900).brokenFrom).toBe(startOf(900));
  expect(broken([0], 300).brokenFrom).toBe(startOf(300));
  expect(broken([0], 300).ends).toEqual([startOf(300)]);
  expect(broken([0, 300, 900], 600)).toMatchObject({ brokenFrom: startOf(600) });
});

test("what started at 0 is set against its layer's scale, or its own largest value", () => {
  const from0 = { scale: null, scaleKind: "none" as const };
  const beside = tensor([0, 100], [0, 0.01], {
    ...from0,
    standIn: { tag: "fc.weight", scale: 0.1 },
  });
  expect(heatRow(beside)).toMatchObject({ unscaled: false });
  expect(heatRow(beside).values[1]).toBeCloseTo(0.1);
  expect(cellText({ ...beside, movement: 0.01 }, 100)).toBe(
    "moved 0.01 in its own unit: 10 % of the scale of fc.weight, of its layer",
  );
  const alone = tensor([0, 100], [0, 0.01], { ...from0, standIn: { tag: null, scale: 0.02 } });
  expect(cellText(alone, 100)).toMatch("50 % of its own largest value so far");
});
