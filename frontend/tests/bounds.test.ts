import { expect, test } from "vitest";
import type { Evidence } from "../src/api/replies";
import { plotOf } from "../src/charts/plot";
import { evidenceFacts } from "../src/detail/evidence";
import { readings } from "../src/detail/facts";
import { axisOf, movementLines } from "../src/detail/movement";
import {
  type Bounded,
  basisOf,
  betweenText,
  boundsText,
  isUnresolved,
  tooWide,
} from "../src/model/bounds";
import { rowsOf } from "../src/model/rows";
import { logPosition } from "../src/table/bars";
import { baselineText } from "../src/words/baseline";
import { formatRange, formatRelativeRange } from "../src/words/numbers";
import { overviewReply, seriesReply, type Tensor } from "./fixtures";
import { recordedSeries } from "./recorded";

const bounded = (given: Partial<Bounded>): Bounded => ({
  basis: "bounds",
  movement: 0.002,
  movementLower: 0.0001,
  movementUpper: 0.0048,
  scale: 0.1,
  ...given,
});
const rowOf = (tensor: Partial<Tensor>) => {
  const [row] = rowsOf(overviewReply("run", [{ tag: "w", ...tensor }]));
  if (!row) throw new Error("no row");
  return row;
};

test("a movement is unresolved below its resolution, unless it is none at all", () => {
  const isIn = (movement: number | null, resolution: number | null = 0.005) =>
    isUnresolved({ basis: basisOf(movement, resolution) });
  expect(isIn(0.002)).toBe(true);
  expect(isIn(0.005)).toBe(false);
  expect(isIn(0)).toBe(false);
  expect(isIn(null)).toBe(false);
  expect(isIn(0.002, null)).toBe(false);
});

test("bounds share one unit: percent of the scale, times the scale, or the tensor's own", () => {
  expect(boundsText(bounded({}))).toBe("0.10–4.8 %");
  expect(boundsText(bounded({ movementLower: 0.25, movementUpper: 3.2 }))).toBe("2.5–32 ×");
  expect(boundsText(bounded({ scale: null }))).toBe("0.00010–0.0048");
  expect(boundsText(bounded({ movementUpper: null }))).toBe("–");
});

test("bounds that read alike are said once", () => {
  expect(formatRelativeRange(0.0200001, 0.0200002)).toBe("2.0 %");
  expect(formatRange(0.5, 0.5)).toBe("0.50");
});

test("in words each bound has its unit, and the title says what both are of", () => {
  expect(betweenText(bounded({}))).toBe("0.10 % and 4.8 %");
  expect(tooWide(bounded({}), "constant")).toContain(
    "too wide to tell more: between 0.10 % and 4.8 % of value (0.0001 and 0.0048",
  );
  expect(tooWide(bounded({ scale: null }), null)).toContain("between 0.0001 and 0.0048.");
});

test("the interval on the bar holds the movement it stands for", () => {
  for (const [lower, value, upper] of [
    [0, 1e-4, 0.08],
    [0.5, 0.6, 40],
  ] as const) {
    expect(logPosition(lower)).toBeLessThanOrEqual(logPosition(value));
    expect(logPosition(value)).toBeLessThanOrEqual(logPosition(upper));
  }
});

test("an upper bound that would flatten the line is cut off at the axis and named", () => {
  const lines = movementLines(seriesReply("r", "w", { slack: 0.05 }));
  expect(lines.high).toBeLessThan(1.2);
  expect(Math.max(...lines.upper.map(Number))).toBe(lines.high);
  expect(lines.beyond).toBeCloseTo(51);
});

test("bounds and resolution near the line are drawn whole", () => {
  const lines = movementLines(seriesReply("r", "w", { slack: 0.0005, resolution: 0.002 }));
  expect(lines.high).toBeGreaterThan(2);
  expect(lines.beyond).toBeNull();
  lines.values.forEach((value, i) => {
    expect(lines.lower[i]).toBeLessThanOrEqual(Number(value));
    expect(lines.upper[i]).toBeGreaterThanOrEqual(Number(value));
  });
});

test("the line keeps a third of the height whatever the bounds are", () => {
  for (const slack of [0, 1e-4, 1e-3, 2e-3, 1e-2, 1])
    for (const resolution of [0, 1e-3, 3e-3, 1]) {
      const { values, high } = movementLines(seriesReply("r", "w", { slack, resolution }));
      expect(Math.max(...values.map(Number)) / high).toBeGreaterThan(0.3);
    }
});

test("without a scale the chart is in the tensor's own unit, with the same bounds", () => {
  const reply = { ...seriesReply("r", "w", { slack: 1e-4 }), scale: null };
  const lines = movementLines({ ...reply, scale_kind: "none" });
  expect(lines.unit).toBeNull();
  expect(lines.values).toEqual(reply.movement);
  expect(lines.upper.at(-1)).toBe(reply.movement_upper.at(-1));
});

test("a histogram identical to the baseline's has no band, and the baseline itself none but 0", () => {
  const still = movementLines(seriesReply("r", "w", { shift: 0, slack: 0.02 }));
  expect(still.upper).toEqual([null, null, null]);
  const moving = movementLines(seriesReply("r", "w", { slack: 0.0001 }));
  expect([moving.lower[0], moving.upper[0]]).toEqual([0, 0]);
});

test("an unresolved row shows no reading that rests on the movement but its bound", () => {
  const texts = readings(rowOf({ resolution: 1 })).map(({ text }) => text);
  expect(texts).toEqual(["values moved at least 0.0001 on average"]);
});

test("the implied drift is always called a guess, and only lasting values moved", () => {
  const [least, shape, drift] = readings(rowOf({})).map(({ text }) => text);
  expect(least).toBe("values moved at least 0.0001 on average");
  expect(shape).toBe("shape change 0.0005 (0.50 % of spread)");
  expect(drift).toBe("if moves were independent of the weights: 0.003 rms, a guess");
  const activation = readings(rowOf({ role: "activation" })).map(({ text }) => text);
  expect(activation).toEqual([shape]);
  expect(readings(rowOf({ scaleKind: "constant" })).join()).not.toContain("guess");
});

test("a shape change below the resolution is no number", () => {
  const texts = readings(rowOf({ resolution: 0.0008 })).map(({ text }) => text);
  expect(texts).toContain("shape change below resolution");
});

test("the evidence of an unresolved verdict gives bounds instead of the estimate", () => {
  const facts = evidenceFacts(rowOf({ verdict: "unresolved", resolution: 1 }));
  expect(facts.map(({ name }) => name)).toEqual(["rule", "threshold", "value"]);
  expect(facts[2]?.shown).toBe("within 0.0001 to 0.002, 0.10–2.0 % of spread");
});

test("the evidence reads relative movements as the rule does and as the page does", () => {
  const shown = evidenceFacts(rowOf({ verdict: "moved" })).map((fact) => fact.shown);
  expect(shown).toEqual(["relative movement of at least 0.01", "0.01 = 1.0 %", "0.02 = 2.0 %"]);
});

test("what a rule compares is told by its unit, whatever its words", () => {
  const row = rowOf({ verdict: "moved" });
  const shown = (unit: Evidence["unit"]) => {
    const evidence = { ...row.evidence, rule: "relative", unit };
    return evidenceFacts({ ...row, evidence }).map((fact) => fact.shown);
  };
  expect(shown("times")).toEqual(["relative", "0.01", "0.02"]);
  expect(shown("share")).toEqual(["relative", "0.01 = 1.0 %", "0.02 = 2.0 %"]);
});

test("a sampled baseline is never called the first logged", () => {
  expect(baselineText("first", [0, 0], false)).toBe("baseline: step 0, the first logged");
  expect(baselineText("first", [63, null], true)).toBe(
    "baseline: step 63, the first kept – perhaps not the first logged",
  );
  expect(baselineText("first", [5, 63], true)).toContain("not always the first logged");
});

test("an estimate is drawn where it is one, in the unit of the axis, and the axis holds it", () => {
  const series = recordedSeries("smeared/kernel");
  const { about, unit, high } = movementLines(series);
  const { estimate, scale } = series;
  expect(unit).toBe("% of spread");
  const last = (values: readonly (number | null)[]) => values.at(-1) ?? Number.NaN;
  const share = (value: number) => (100 * value) / (scale ?? 1);
  expect(about.middle[0]).toBeNull();
  expect(last(about.middle)).toBeCloseTo(share(last(estimate?.mean_abs ?? [])));
  expect(last(about.least)).toBeCloseTo(share(last(estimate?.lower ?? [])));
  expect(last(about.most)).toBeCloseTo(share(last(estimate?.upper ?? [])));
  expect(high).toBeGreaterThan(last(about.most));
  expect(last(movementLines(series, "log").about.middle)).toBeCloseTo(last(about.middle));
  const exact = { ...series, estimate: { ...estimate, method: ["moments"] } };
  expect(movementLines(exact as typeof series).about.middle).toEqual([null, null, null, null]);
});

test("from ten times on an axis tells multiples, as numbers do", () => {
  const texts = (high: number, yLog: boolean) => {
    const { yFactor } = axisOf("movement", "% of spread", high);
    const yDomain = [yLog ? high / 1e4 : 0, high] as const;
    return plotOf({ width: 400, height: 200, x: [0, 1], yDomain: [...yDomain], yLog, yFactor })
      .yTicks.map(({ text }) => text)
      .at(-1);
  };
  expect(axisOf("movement", "% of spread", 900).yLabel).toBe("movement, % of spread");
  expect(axisOf("movement", "% of spread", 1e5).yLabel).toBe("movement, times the spread");
  expect(axisOf("movement", null, 1e5).yLabel).toBe("movement, in the tensor's own unit");
  expect(texts(900, false)).toBe("800");
  expect(texts(1e5, false)).toBe("1,000");
  expect(texts(1e5, true)).toBe("1,000");
});
