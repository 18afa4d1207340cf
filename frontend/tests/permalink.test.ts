import { expect, test } from "vitest";
import { mergeHash, readHash } from "../src/host/hash";
import { DEFAULT_SORT } from "../src/model/rows";
import { DEFAULT_VIEW, type Link, linkToValues, valuesToLink } from "../src/store/link";

const DEFAULT: Link = {
  run: null,
  others: [],
  reference: null,
  aligned: true,
  order: null,
  tag: null,
  filter: "",
  roles: [],
  verdicts: [],
  sort: DEFAULT_SORT,
  view: "table",
  grouped: false,
  ...DEFAULT_VIEW,
};

const NAMES = [
  "a=b&c",
  "50 %",
  "#1",
  "grün/日本 λ",
  "<img src=x>",
  "a+b c",
  "%zz",
  "\ud83d\ude00",
  "'\"",
];

test("a link with nothing chosen says nothing", () => {
  expect(linkToValues(DEFAULT)).toEqual({});
  expect(valuesToLink({})).toEqual(DEFAULT);
});

test.each(NAMES)("the name %s survives the round trip through the address", (name) => {
  const link: Link = {
    run: name,
    others: [`${name},2`, `,${name}`],
    reference: `${name},2`,
    aligned: false,
    order: { run: name, descending: true },
    tag: `${name}/kernel`,
    filter: name,
    roles: ["weight", "bias"],
    verdicts: ["exploding"],
    sort: { column: "tag", descending: true },
    view: "heatmap",
    grouped: true,
    ...DEFAULT_VIEW,
    baseline: `run:${name}`,
  };
  const hash = mergeHash("#weight_delta", linkToValues(link));
  expect(valuesToLink(readHash(hash))).toEqual(link);
});

test.each(NAMES)(
  "each of TensorBoard's tokens keeps one = and decodes, with the name %s",
  (name) => {
    const tokens = mergeHash("#weight_delta", { run: name }).slice(1).split("&");
    expect(tokens[0]).toBe("weight_delta");
    for (const token of tokens.slice(1)) {
      expect(token.split("=")).toHaveLength(2);
      expect(() => decodeURIComponent(token)).not.toThrow();
    }
  },
);

test("half a surrogate pair cannot stop the tab", () => {
  expect(() => decodeURIComponent(mergeHash("", { run: "a\ud800" }))).not.toThrow();
});

test("what other tabs keep in the address stays as it is", () => {
  const hash = "#scalars&runSelectionState=eyJh%3D&p.other.key=1&p.weight_delta.tag=old";
  expect(mergeHash(hash, { run: "new" })).toBe(
    "#scalars&runSelectionState=eyJh%3D&p.other.key=1&p.weight_delta.run=new",
  );
});

test("a broken address is read as far as it goes", () => {
  expect(readHash("#weight_delta&p.weight_delta.run=a%&x&p.weight_delta.tag=t&=&")).toEqual({
    run: "a%",
    tag: "t",
  });
  expect(valuesToLink({ sort: "-nonsense" }).sort).toEqual(DEFAULT_SORT);
  expect(valuesToLink({ view: "pie", group: "?" })).toEqual(DEFAULT);
});

test("a link sets a run beside itself only once, and no more than can be told apart", () => {
  const { others } = valuesToLink({ run: "a", with: "b,a,b,c,d,e,f,g,h,i" });
  expect(others).toEqual(["b", "c", "d", "e", "f", "g", "h"]);
  expect(valuesToLink({ with: "b" }).others).toEqual([]);
});
