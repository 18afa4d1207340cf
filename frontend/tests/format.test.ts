import { expect, test } from "vitest";
import {
  formatAgo,
  formatCount,
  formatNumber,
  formatPercent,
  formatRatio,
  formatRelative,
  formatShift,
  formatTicks,
  plural,
} from "../src/words/numbers";

test.each([
  [0.00066, "0.00066"],
  [0.0589, "0.0589"],
  [0.1, "0.1"],
  [12.345, "12.3"],
  [123456, "123,456"],
  [3.2e-7, "3.2e-7"],
  [1e-30, "1e-30"],
  [-0.004, "−0.004"],
  [2.5e9, "2.5e9"],
  [0, "0"],
  [null, "–"],
  [Number.NaN, "–"],
])("the number %s reads %s", (value, text) => expect(formatNumber(value)).toBe(text));

test.each([
  [0.0106, "1.1 %"],
  [0.02, "2.0 %"],
  [0.00994, "0.99 %"],
  [0.00996, "1.0 %"],
  [0.45, "45 %"],
  [1.34, "134 %"],
  [1e-30, "1.0e-28 %"],
  [0, "0 %"],
  [null, "–"],
])("the fraction %s reads %s", (value, text) => expect(formatPercent(value)).toBe(text));

test("from ten times the scale on, a movement is so many times as large", () => {
  expect(formatRelative(9.9)).toBe("990 %");
  expect(formatRelative(55.2)).toBe("55 ×");
});

test("a shift always shows its sign", () => {
  expect([0.01, -0.01, 0, null].map(formatShift)).toEqual(["+0.010", "−0.010", "0", "–"]);
});

test("a ratio reads as the change it means", () => {
  const ratios = [1.019, 0.5, 1, 12, null];
  expect(ratios.map(formatRatio)).toEqual(["+1.9 %", "−50 %", "0 %", "12 ×", "–"]);
});

test("ticks carry just the decimals that tell neighbours apart", () => {
  expect(formatTicks([0, 0.5, 1])).toEqual(["0.0", "0.5", "1.0"]);
  expect(formatTicks([0, 20, 40])).toEqual(["0", "20", "40"]);
  expect(formatTicks([-2e-4, 0, 2e-4])).toEqual(["−2e-4", "0", "2e-4"]);
  expect(formatTicks([0, 5e-31, 1e-30])).toEqual(["0", "5e-31", "1e-30"]);
});

test("thousands are separated whatever the number is of", () => {
  expect([1234, -12345, 1e6].map(formatCount)).toEqual(["1,234", "−12,345", "1,000,000"]);
  expect(formatNumber(1234.5, 5)).toBe("1,234.5");
  expect(formatTicks([0, 2000, 4000])).toEqual(["0", "2,000", "4,000"]);
  expect(formatTicks([0, 4e5, 8e5])).toEqual(["0", "400,000", "800,000"]);
});

test("ticks are told apart at any size", () => {
  for (let exponent = -30; exponent <= 30; exponent++) {
    const ticks = [1, 1.5, 2, 2.5].map((value) => value * 10 ** exponent);
    expect(new Set(formatTicks(ticks)).size).toBe(ticks.length);
  }
});

test("one is singular, everything else plural", () => {
  expect([0, 1, 2000].map((count) => plural(count, "tensor"))).toEqual([
    "0 tensors",
    "1 tensor",
    "2,000 tensors",
  ]);
});

test("how long ago something was is told roughly", () => {
  const told = [0, 2_000, 12_000, 59_000, 61_000, 3_540_000, 7_300_000].map(formatAgo);
  expect(told).toEqual([
    "just now",
    "just now",
    "10 s ago",
    "1 min ago",
    "1 min ago",
    "59 min ago",
    "2 h ago",
  ]);
});
