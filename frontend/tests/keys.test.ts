import { expect, test, vi } from "vitest";
import { stepKeys } from "../src/charts/step-chart";
import { densityOf, spikeAt, stopByKey, stopsOf } from "../src/detail/density";
import { zoomedBy } from "../src/model/series";

const STEPS = [0, 1, 2, 4, 8, 16, 32, 64, 128];

test("zooming in halves the steps in sight, around a step that stays in sight", () => {
  expect(zoomedBy(0.5, STEPS, null, 8)).toEqual([2, 32]);
  expect(zoomedBy(0.5, STEPS, null, 0)).toEqual([0, 8]);
  expect(zoomedBy(0.5, STEPS, [2, 32], 32)).toEqual([8, 32]);
});

test("zooming in ends at two steps, wherever it began", () => {
  for (const around of [null, ...STEPS]) {
    let zoom = zoomedBy(0.5, STEPS, null, around);
    for (let i = 0; i < 5; i++) zoom = zoomedBy(0.5, STEPS, zoom, around);
    const [first, last] = zoom ?? [];
    expect(STEPS.indexOf(last ?? -1) - STEPS.indexOf(first ?? -1)).toBe(1);
    if (around !== null) expect([first, last]).toContain(around);
  }
});

test("zooming out never leaves the steps, and ends at all of them", () => {
  expect(zoomedBy(2, STEPS, [64, 128], 128)).toEqual([32, 128]);
  expect(zoomedBy(2, STEPS, [0, 8], 0)).toBeNull();
  expect(zoomedBy(2, STEPS, null, 8)).toBeNull();
  expect(zoomedBy(Infinity, STEPS, [2, 4], 2)).toBeNull();
  expect(zoomedBy(0.5, [], null, null)).toBeNull();
});

test.each([
  ["+", 0.5],
  ["=", 0.5],
  ["-", 2],
  ["0", Infinity],
])("%s zooms by %d, unless the browser is meant", (key, factor) => {
  const zoomBy = vi.fn();
  const store = { zoomBy } as unknown as Parameters<typeof stepKeys>[1];
  const press = (ctrlKey: boolean) => new KeyboardEvent("keydown", { key, ctrlKey });
  expect(stepKeys(press(true), store, STEPS)).toBe(false);
  expect(zoomBy).not.toHaveBeenCalled();
  stepKeys(press(false), store, STEPS);
  expect(zoomBy).toHaveBeenCalledWith(factor);
});

const press = (key: string) => new KeyboardEvent("keydown", { key });

const CHOSEN = densityOf({ edges: [0, 1, 2, 3], counts: [1, 2, 3] }, 0.1);
const WIDER = densityOf({ edges: [-1, 0, 1, 1], counts: [4, 4, 5] }, 0.1);

test("the keys stop at each bar of the step, then at the baseline's beside them, and at spikes", () => {
  expect(stopsOf(CHOSEN, WIDER)).toEqual([-0.5, 0.5, 1, 1.5, 2.5]);
  expect(stopsOf(densityOf({ edges: [3, 3], counts: [7] }, 0.1), CHOSEN)).toEqual([
    0.5, 1.5, 2.5, 3,
  ]);
});

test("a key goes one stop on, from wherever the pointer left off, and never beyond the ends", () => {
  const stops = stopsOf(CHOSEN, WIDER);
  expect(stopByKey(press("ArrowRight"), stops, null)).toBe(1);
  expect(stopByKey(press("ArrowRight"), stops, 0.6)).toBe(1);
  expect(stopByKey(press("ArrowLeft"), stops, -0.5)).toBe(-0.5);
  expect(stopByKey(press("End"), stops, null)).toBe(2.5);
  expect(stopByKey(press("Home"), stops, 1)).toBe(-0.5);
  expect(stopByKey(press("a"), stops, 1)).toBeNull();
  expect(stopByKey(press("ArrowLeft"), [], null)).toBeNull();
});

test("a point mass is read from nearby, and only from there", () => {
  expect(spikeAt(WIDER, 1.05, 0.1)).toMatchObject({ at: 1, count: 5 });
  expect(spikeAt(WIDER, 1.05, 0.01)).toBeNull();
  expect(spikeAt(CHOSEN, 1, 1)).toBeNull();
});
