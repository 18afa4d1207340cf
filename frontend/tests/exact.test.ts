import { expect, test } from "vitest";
import type { SeriesReply } from "../src/api/replies";
import { evidenceFacts } from "../src/detail/evidence";
import { stepsCsv } from "../src/detail/export";
import { readings } from "../src/detail/facts";
import { whyFlat } from "../src/detail/flatness";
import { movementLines } from "../src/detail/movement";
import { overlayPicture } from "../src/detail/overlay";
import { alike, type Row, rowsOf, sortRows } from "../src/model/rows";
import {
  atItsSteps,
  changeBands,
  hasOnlyRecords,
  recordedAt,
  zoomedSeries,
} from "../src/model/series";
import { nearestStep } from "../src/store/derived";
import { csvOf, markdownOf } from "../src/table/export";
import { movementInFull, movementInShort } from "../src/ui/movement-text";
import {
  exactRecord,
  exactSteps,
  overviewReply,
  seriesReply,
  type Tensor,
  withRecords,
} from "./fixtures";

const rowsFor = (...tensors: Tensor[]): Row[] => rowsOf(overviewReply("r", tensors));
const [plain, recorded, beside] = rowsFor(
  { tag: "plain", relative: 0.02, movement: 0.002 },
  { tag: "recorded", relative: 0.01, movement: 0.001, exact: exactRecord(0.1) },
  { tag: "beside", relative: 0.01, movement: 0.001, exact: exactRecord(0.1, false) },
) as [Row, Row, Row];

/** As the server answers for a series that has exact records and no histogram. */
function onlyRecords(): SeriesReply {
  const empty = { ...seriesReply("r", "alone", { steps: [] }), bands: [], delta_bands: [] };
  const exact = { ...exactSteps([0, 100, 200], 0.005), scale_kind: "rms" as const };
  return { ...empty, scale_kind: "rms", exact };
}

test("exact records lead the row, and what the histograms show stays as its floor", () => {
  expect(recorded.relativeMovement).toBe(0.1);
  expect(recorded.movement).toBeCloseTo(0.01);
  expect(recorded.floor?.relativeMovement).toBe(0.01);
  expect(
    sortRows([plain, recorded], { column: "movement", descending: true }).map(({ tag }) => tag),
  ).toEqual(["recorded", "plain"]);
});

test("records that do not reach as far as the histograms do not lead", () => {
  expect(beside.relativeMovement).toBe(0.01);
  expect(beside.floor).toBeNull();
});

test("exact movement is called so wherever it is read", () => {
  expect(movementInShort(recorded)).toBe("moved 10 % spread, exact");
  expect(movementInFull(recorded)).toMatch(/^Exact, weight by weight .* histograms show 1\.0 %\.$/);
  expect(markdownOf([recorded])).toContain("spread, exact");
  expect(movementInShort(plain)).not.toContain("exact");
});

test("rows are put side by side with exact movement only where all have it", () => {
  expect(alike([recorded, recorded, null])).toEqual([recorded, recorded, null]);
  const [floor, other] = alike([recorded, plain]);
  expect([floor?.relativeMovement, floor?.floor, other]).toEqual([0.01, null, plain]);
  expect(floor?.sense).toBe("at_least");
  const [activation] = alike([{ ...recorded, role: "activation" }, plain]);
  expect(activation?.sense).toBe("about");
});

test("the evidence gives every recorded figure, and none that does not exist", () => {
  const names = evidenceFacts(recorded).map(({ name }) => name);
  expect(names).toContain("mean |w − w₀|");
  expect(names).toContain("last update ‖Δ‖/‖w‖");
  const first = { ...recorded, exact: { ...exactRecord(0.1), update_ratio: null } };
  expect(evidenceFacts(first).map(({ name }) => name)).not.toContain("last update ‖Δ‖/‖w‖");
  expect(evidenceFacts(plain).map(({ name }) => name)).not.toContain("mean |w − w₀|");
  const cause = "It is frozen, seen from step 10 on.";
  const still = { ...recorded, evidence: { ...recorded.evidence, cause } };
  expect(evidenceFacts(still)).toContainEqual({ name: "cause", shown: cause });
  expect(names).not.toContain("cause");
});

test("readings rest on the records and no longer guess", () => {
  const said = readings(recorded).map(({ text }) => text);
  expect(said).toContain("last update 0.0003 of the weights");
  expect(said.join()).not.toMatch(/a guess|at least/);
});

test("exact movement and floor are drawn in one unit, and the axis holds both", () => {
  const series = withRecords(seriesReply("r", "w"), exactSteps([0, 100, 200, 400], 0.005));
  const lines = movementLines(series);
  expect(lines.unit).toBe("% of spread");
  expect(lines.exact).toEqual([0, 5, 10, 15].map((share) => expect.closeTo(share)));
  expect(lines.values.at(-1)).toBeCloseTo(1);
  expect(lines.high).toBeGreaterThanOrEqual(15);
  expect(movementLines(series, "log").exact).toEqual([null, ...lines.exact.slice(1)]);
});

test("percentages of different things are not drawn on one axis", () => {
  const exact = { ...exactSteps([0, 200, 400], 0.005), scale: 0.05, scale_kind: "rms" as const };
  const lines = movementLines({ ...seriesReply("r", "w"), exact });
  expect(lines.unit).toBeNull();
  expect(lines.exact).toEqual(exact.mean_abs);
  expect(lines.values).toEqual([0, 0.0005, 0.001]);
});

test("what was recorded is read at its own steps", () => {
  const series = withRecords(seriesReply("r", "w"), exactSteps([0, 200], 0.005));
  expect(recordedAt(series, "mean_abs", 200)).toBe(0.005);
  expect(recordedAt(series, "mean_abs", 400)).toBeNull();
  const inSight = zoomedSeries(series, [200, 400]);
  expect(inSight.exact?.steps).toEqual([200]);
  expect(inSight.exact?.change_bands[0]).toHaveLength(1);
});

test("a series of records alone stands at their steps and has no histogram to ask for", () => {
  const series = atItsSteps(onlyRecords());
  expect(hasOnlyRecords(series)).toBe(true);
  expect(series.steps).toEqual([0, 100, 200]);
  expect(series.movement).toEqual([null, null, null]);
  expect(nearestStep(series, null)).toBeNull();
  expect(changeBands(series)).toBe(series.exact?.change_bands);
  expect(movementLines(series).unit).toBe("% of RMS");
});

test("a series with histograms stays as it is", () => {
  const series = seriesReply("r", "w");
  expect(atItsSteps(series)).toBe(series);
  expect(hasOnlyRecords(series)).toBe(false);
  expect(changeBands(series)).toBe(series.delta_bands);
});

test("runs are drawn with exact movement only where all of them have it", () => {
  const exact = withRecords(seriesReply("a", "w"), exactSteps([0, 200, 400], 0.005));
  const floor = seriesReply("b", "w");
  const drawn = (...all: SeriesReply[]) =>
    overlayPicture({
      lead: exact,
      all: all.map((series, slot) => ({ name: series.run, slot, series })),
      xAxis: "step",
      movementAxis: "linear",
      zoom: null,
    }).lines.map(({ values }) => values.at(-1));
  expect(drawn(exact, { ...exact, run: "c" })).toEqual([expect.closeTo(10), expect.closeTo(10)]);
  expect(drawn(exact, floor)).toEqual([expect.closeTo(1), expect.closeTo(1)]);
});

test("why it looks flat is told with the recorded numbers", () => {
  const series = withRecords(seriesReply("r", "w"), exactSteps([0, 200, 400], 0.005));
  const said = whyFlat(series)?.join(" ");
  expect(said).toContain("weight by weight the values moved 0.01 (10 % of spread) on average");
  expect(said).toContain("the distribution shows 10 % of that");
});

test("exports hold the records beside the histograms' figures", () => {
  const [head = "", line = ""] = csvOf(
    overviewReply("r", [{ tag: "w", exact: exactRecord(0.1) }]),
    ["w"],
  ).split("\r\n");
  const cells = line.match(/("([^"]|"")*"|[^,]*)(?=,|$),?/g)?.map((it) => it.replace(/,$/, ""));
  const cell = (name: string) => cells?.[head.split(",").indexOf(name)];
  expect(cell("exact_relative_movement")).toBe("0.1");
  expect(cell("exact_leads")).toBe("true");
  expect(cell("movement")).toBe("0.001");
  const steps = stepsCsv(withRecords(seriesReply("r", "w"), exactSteps([0, 100, 400], 0.005)));
  const [columns = "", ...rows] = steps.trim().split("\r\n");
  expect(rows.map((row) => row.split(",")[3])).toEqual(["0", "100", "200", "400"]);
  const at = columns.split(",").indexOf("exact_mean_abs");
  expect(rows.map((row) => row.split(",")[at])).toEqual(["0", "0.005", "", "0.01"]);
});
