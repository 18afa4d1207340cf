import { describe, expect, test } from "vitest";
import type { Measure } from "../src/api/replies";
import { type Group, groupRows } from "../src/model/groups";
import {
  coloured,
  hasNoScale,
  MEASURE_WORDS,
  measuredText,
  measuresOf,
  orderBy,
  outsideBand,
} from "../src/model/measures";
import { measured, type Row, rowsOf, sortRows } from "../src/model/rows";
import { largestText } from "../src/table/columns";
import { measureInShort, shownMeasure } from "../src/ui/movement-text";
import { exactRecord, overviewReply } from "./fixtures";

const [plain] = rowsOf(overviewReply("run", [{ tag: "w" }])) as [Row];

function rowOf(measure: Measure, values: (number | null)[], facts: Partial<Row> = {}): Row {
  return { ...plain, ...facts, sparkline: { measure, steps: values.map((_, i) => i), values } };
}

describe("a measure", () => {
  test("that is a distance is a part of the tensor's scale", () => {
    expect(measured(rowOf("estimate", [null, 0.005]))).toBeCloseTo(0.05);
    expect(measuredText(rowOf("estimate", [null, 0.005]))).toBe("5.0 %");
    expect(measuredText(rowOf("speed", [null, 0.0001]))).toBe("0.10 %");
    expect(measured(rowOf("speed", [0, 0.1], { scale: null, scaleKind: "none" }))).toBeNull();
  });

  test("that is a ratio or a size is itself", () => {
    expect(measuredText(rowOf("spread_ratio", [1, 1.02]))).toBe("+2.0 %");
    expect(measuredText(rowOf("norm", [3, 4.25]))).toBe("4.3");
    expect(measuredText(rowOf("update_ratio", [null, 0.00123]))).toBe("0.0012");
    expect(measuredText(rowOf("fraction_changed", [0, 0.5]))).toBe("50 %");
    expect(measured(rowOf("norm", [3, null]))).toBeNull();
  });

  test("is coloured by what changes", () => {
    expect(coloured(rowOf("spread_ratio", [1, 0.9, null]))).toEqual([0, 1 - 0.9, null]);
    expect(coloured(rowOf("norm", [2, 3]))).toEqual([0, 0.5]);
    expect(coloured(rowOf("update_ratio", [null, 0.001]))).toEqual([null, 0.001]);
    expect(coloured(rowOf("movement", [0, 0.01]))[1]).toBeCloseTo(0.1);
  });

  test("that starts at 0 has no scale: its growth is no part of its first value above 0", () => {
    const grown = rowOf("norm", [0, 2, 3]);
    expect(hasNoScale(grown)).toBe(true);
    expect(coloured(grown)).toEqual([0, 2, 3]);
    expect(hasNoScale(rowOf("norm", [null, 2, 3]))).toBe(false);
  });

  const [GROUP] = groupRows([plain], { prefix: "", suffix: "" }, () => 7) as [Group];

  test("of a group is the largest of its tensors, whichever was chosen", () => {
    const group = (rows: Row[]) => ({ ...GROUP, rows, relativeMovement: 0.5 });
    expect(largestText(group([rowOf("norm", [3]), rowOf("norm", [20])]))).toBe("20");
    expect(largestText(group([rowOf("norm", [null])]))).toBe("–");
    expect(largestText(group([rowOf("movement", [0.1])]))).toBe("50 %");
    const ratios = [2, 0.1, 1].map((ratio) => rowOf("spread_ratio", [1, ratio]));
    expect(largestText(group(ratios))).toBe("−90 %");
  });

  test("is shown in one line, to be read aloud", () => {
    expect(measureInShort(rowOf("norm", [3, 4.25]))).toBe("Norm 4.3");
    expect(measureInShort(rowOf("estimate", [0.005]))).toBe("Single weights, about 5.0 %");
    expect(measureInShort(plain)).toMatch(/^moved at least 1\.0 %/);
  });

  test("orders the table by its last value; what has none comes last both ways", () => {
    const rows = [3, null, 1].map((value, i) => rowOf("norm", [value], { tag: `t${i}` }));
    const order = (descending: boolean) =>
      sortRows(rows, { column: "movement", descending }).map(({ tag }) => tag);
    expect(order(true)).toEqual(["t0", "t2", "t1"]);
    expect(order(false)).toEqual(["t2", "t0", "t1"]);
  });

  test("names the order that it makes, and no other", () => {
    const largest = { column: "movement", descending: true } as const;
    expect(orderBy(largest, "movement")).toBe("movement, largest first");
    expect(orderBy(largest, "norm")).toBe("norm, largest first");
    expect(orderBy({ ...largest, descending: false }, "estimate")).toBe(
      "single weights, smallest first",
    );
    expect(orderBy({ column: "tag", descending: false }, "norm")).toBe("name");
  });

  test("is said to be about so much where it was not recorded", () => {
    const texts = (["histogram", "records"] as const).map((basis) =>
      shownMeasure(rowOf("estimate", [0, 0.005], { basis })),
    );
    expect(texts).toEqual(["about 5.0 %", "5.0 %"]);
  });

  test("is offered where the run has something of it", () => {
    const bare = overviewReply("run", [{ tag: "w" }]);
    bare.columns.estimate = [null];
    expect(measuresOf(bare)).toEqual(["movement", "speed", "spread_ratio", "norm"]);
    const recorded = overviewReply("run", [{ tag: "w", exact: exactRecord(0.1) }]);
    expect(measuresOf(recorded)).toContain("update_ratio");
    for (const measure of measuresOf(recorded)) expect(MEASURE_WORDS[measure].name).not.toBe("");
  });
});

test("update ratios far from the usual are told with their direction", () => {
  const ratios = [0.5, 1e-3, 1e-6, 1e-2, 1e-4];
  const rows = ratios.map((ratio, i) => rowOf("update_ratio", [ratio], { tag: `t${i}` }));
  const outside = outsideBand(rows);
  expect(outside?.above.map(({ tag }) => tag)).toEqual(["t0"]);
  expect(outside?.below.map(({ tag }) => tag)).toEqual(["t2"]);
  expect(outsideBand([plain])).toBeNull();
});
