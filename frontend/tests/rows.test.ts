import { expect, test } from "vitest";
import { filterRows, tagMatcher } from "../src/model/filter";
import { DEFAULT_SORT, rowsOf, sortRows } from "../src/model/rows";
import { windowOf } from "../src/ui/size";
import { overviewReply, type Tensor } from "./fixtures";

const TENSORS: Tensor[] = [
  { tag: "conv2/kernel", relative: 0.3 },
  { tag: "conv10/kernel", relative: 0.02, verdict: "barely_moved" },
  { tag: "conv10/bias", role: "bias", relative: null, movement: 5, scaleKind: "none" },
  { tag: "relu", role: "activation", relative: null, movement: null, verdict: "no_data" },
];
const rows = rowsOf(overviewReply("run", TENSORS));
const tags = (some: readonly { tag: string }[]) => some.map(({ tag }) => tag);
const all = { tag: tagMatcher(""), roles: [], verdicts: [] };

test("by default the order is the server's", () => {
  expect(tags(sortRows(rows, DEFAULT_SORT))).toEqual(tags(rows));
});

test("what has no relative movement stays behind in both directions", () => {
  const ascending = sortRows(rows, { column: "movement", descending: false });
  expect(tags(ascending)).toEqual(["conv10/kernel", "conv2/kernel", "conv10/bias", "relu"]);
});

test("names sort by their numbers", () => {
  const named = sortRows(rows, { column: "tag", descending: false });
  expect(tags(named).slice(0, 2)).toEqual(["conv2/kernel", "conv10/bias"]);
});

test("verdicts sort by how serious they are", () => {
  const serious = sortRows(rows, { column: "verdict", descending: false });
  expect(serious[0]?.verdict).toBe("no_data");
});

test("sizes and first moves sort by number, and what has none comes last in both directions", () => {
  const sized = rows.map((row, i) => ({
    ...row,
    elements: [9, 1000, null, 64][i] ?? null,
    movedStep: [null, 20, 3, 100][i] ?? null,
  }));
  const order = (column: "elements" | "moved", descending: boolean) =>
    tags(sortRows(sized, { column, descending }));
  expect(order("elements", true)).toEqual(["conv10/kernel", "relu", "conv2/kernel", "conv10/bias"]);
  expect(order("elements", false)).toEqual([
    "conv2/kernel",
    "relu",
    "conv10/kernel",
    "conv10/bias",
  ]);
  expect(order("moved", false)).toEqual(["conv10/bias", "conv10/kernel", "relu", "conv2/kernel"]);
  expect(order("moved", true)).toEqual(["relu", "conv10/kernel", "conv10/bias", "conv2/kernel"]);
});

test("sorting leaves the rows it was given alone", () => {
  const before = tags(rows);
  sortRows(rows, { column: "tag", descending: true });
  expect(tags(rows)).toEqual(before);
});

test("no chosen role or verdict lets all through, several let each through", () => {
  expect(filterRows(rows, all)).toHaveLength(4);
  expect(tags(filterRows(rows, { ...all, roles: ["bias", "activation"] }))).toEqual([
    "conv10/bias",
    "relu",
  ]);
  expect(tags(filterRows(rows, { ...all, verdicts: ["barely_moved"] }))).toEqual(["conv10/kernel"]);
});

test("a filter is a regular expression or plain text, whatever the case", () => {
  expect(tagMatcher("^CONV\\d/").matches("conv2/kernel")).toBe(true);
  expect(tagMatcher("^conv\\d/").matches("conv10/kernel")).toBe(false);
  expect(tagMatcher("w[0]").matches("layer/W[0]")).toBe(true);
});

test("a regular expression that is typed is taken as it is", () => {
  const matcher = tagMatcher("^(w|b)(\\d)*_\\2.*.*.*$");
  expect(matcher.problem).toBeNull();
  expect(matcher.matches("w12_2x")).toBe(true);
  expect(matcher.matches("w12_1x")).toBe(false);
});

test.each([
  ...["(a+)+$", "^(a|a)*$", "(a|aa)+$", "^(.*)*b$", "^(a?){25}a{25}$", "^(?!(a*)*b$)(a|b|ab)*$"],
  ...["([a-z]+)*[a-z]+[a-z]+[a-z]+[a-z]+$", "(?=(a+)+$)a", ".*.*.*.*x", `${"a?".repeat(30)}b`],
  ...["a{0,999}a{0,999}a{0,999}$", "([)]+)+$", "(\\)+)+$", `${"(.|.)".repeat(20)}b`],
  ...[`${".?".repeat(8)}.*.*b`, `${"(.|.)".repeat(8)}.*.*b`, "(.*)(.*)\\1\\2b"],
])("%s in a link is told, and matches as plain text", (source) => {
  const matcher = tagMatcher(source, true);
  expect(matcher.problem).toMatch(/by a link .* matched as plain text/);
  expect(matcher.matches(`${"a".repeat(120)}!`)).toBe(false);
  expect(matcher.matches(`before ${source.toUpperCase()} behind`)).toBe(true);
});

test.each([
  "^conv\\d+/",
  "(conv|dense).*kernel",
  "^(?!encoder/)",
  "[(*+)]+x\\+\\*",
  "h\\.[0-9]+\\.a.*",
  "h\\.(1|2)\\..*attn.*weight",
  Array.from({ length: 12 }, (_, block) => `h.${block}.`).join("|"),
])("%s in a link is a regular expression", (source) => {
  const matcher = tagMatcher(source, true);
  expect(matcher.problem).toBeNull();
  for (const tag of ["conv12/kernel", "encoder/w", "(x+*", "h.10.attn"])
    expect(matcher.matches(tag)).toBe(new RegExp(source, "i").test(tag));
});

test("a long name is not searched for what came by a link", () => {
  const name = "a".repeat(120);
  expect(tagMatcher("a.*a", true).matches(name)).toBe(true);
  expect(tagMatcher("a.*a", true).matches(`${name}a`)).toBe(false);
  expect(tagMatcher("a.*a").matches(`${name}a`)).toBe(true);
});

test("a bad regular expression is told and still matches as plain text", () => {
  const matcher = tagMatcher("conv(");
  expect(matcher.problem).toMatch(/^Not a regular expression \(.+\): matched as plain text\.$/);
  expect(matcher.matches("conv(1)")).toBe(true);
  expect(matcher.matches("dense")).toBe(false);
});

test("whatever the scroll position, every row in sight is drawn and no more than a screen", () => {
  for (const count of [0, 3, 2000])
    for (const top of [0, 17, 30_000, 1e9]) {
      const { start, end } = windowOf(count, top, 600);
      expect(start).toBeGreaterThanOrEqual(0);
      expect(end).toBeLessThanOrEqual(count);
      expect(start).toBeLessThanOrEqual(end);
      expect(end - start).toBeLessThanOrEqual(42);
    }
  expect(windowOf(2000, 30_000, 600)).toEqual({ start: 990, end: 1030 });
});
