import { expect, test } from "vitest";
import { whyFlat } from "../src/detail/flatness";
import { seriesReply } from "./fixtures";

test("a weight that moved less than a few pixels is explained with its own numbers", () => {
  const [seen, cancel] = whyFlat(seriesReply("run", "w", { scale: 0.1, shift: 0.0005 })) ?? [];
  expect(seen).toContain("from −0.3 to 0.301");
  expect(seen).toContain("moved by 0.001, which is 0.17 % of that axis: 0.33 pixels");
  expect(cancel).toContain("0.01 (10 % of the spread)");
  expect(cancel).toContain("by 0.50 %");
});

test("a tensor that moved enough to be seen needs no explanation", () => {
  expect(whyFlat(seriesReply("run", "w", { scale: 0.1, shift: 0.1 }))).toBeNull();
});

test("an unchanged tensor is called frozen, not merely too small to see", () => {
  const frozen = whyFlat(seriesReply("run", "w", { shift: 0, verdict: "unchanged" }));
  expect(frozen?.join()).toContain("almost certainly frozen");
});

test("a single step is not explained", () => {
  expect(whyFlat(seriesReply("run", "w", { steps: [0] }))).toBeNull();
});

test("an unresolved movement is explained by its upper bound, never by the estimate", () => {
  const reply = seriesReply("run", "w", { shift: 0.00005, slack: 0.0009, resolution: 0.01 });
  const [seen] = whyFlat(reply) ?? [];
  expect(seen).toContain("moved by at most 0.001, which is 0.17 %");
  expect(whyFlat({ ...reply, movement_upper: [0, 0.5, 0.5] })).toBeNull();
});
