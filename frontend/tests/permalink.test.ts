import { expect, test } from "vitest";
import { mergeHash, readHash } from "../src/host/hash";
import { DEFAULT_SORT } from "../src/model/rows";
import {
  DEFAULT_LINK,
  DEFAULT_RUNS_SORT,
  DEFAULT_VIEW,
  type Link,
  linkToValues,
  MOST_RUNS,
  valuesToLink,
} from "../src/store/choice";

const DEFAULT: Link = {
  run: null,
  others: [],
  reference: null,
  aligned: true,
  order: null,
  listing: false,
  runsFilter: "",
  runsSort: DEFAULT_RUNS_SORT,
  tag: null,
  pins: [],
  filter: "",
  roles: [],
  verdicts: [],
  sort: DEFAULT_SORT,
  view: "table",
  grouped: false,
  turned: [],
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
    listing: true,
    runsFilter: name,
    runsSort: { column: `param-${name}`, descending: true },
    tag: `${name}/kernel`,
    pins: [name, `${name},2`],
    filter: name,
    roles: ["weight", "bias"],
    verdicts: ["exploding"],
    sort: { column: "tag", descending: true },
    view: "heatmap",
    grouped: true,
    turned: [name, `${name},2`, "kind:statistic"],
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
  expect(valuesToLink({ view: "pie", group: "?", list: "?", runs_sort: "size" })).toEqual(DEFAULT);
});

test("a link sets a run beside itself only once, and no more than can be told apart", () => {
  const { others } = valuesToLink({ run: "a", with: "b,a,b,c,d" });
  expect(others).toEqual(["b", "c", "d"]);
  const many = Array.from({ length: 30 }, (_, i) => `r${i}`).join();
  expect(valuesToLink({ run: "a", with: many }).others).toHaveLength(MOST_RUNS - 1);
  expect(valuesToLink({ with: "b" }).others).toEqual([]);
});

/** Something else than the default in every field. */
const CHOSEN: Link = {
  run: "lr-1, a/b",
  others: ["lr-2", "c,d", "50 %"],
  reference: "lr-2",
  aligned: false,
  order: { run: "c,d", descending: false },
  listing: true,
  runsFilter: "lr=0.1 ",
  runsSort: { column: "param-lr", descending: true },
  tag: "conv/kernel",
  pins: ["conv/bias", "a,b"],
  filter: "^conv.*",
  roles: ["weight", "bias"],
  verdicts: ["moved", "exploding"],
  sort: { column: "verdict", descending: true },
  view: "runs",
  grouped: true,
  turned: ["h.3", "kind:activation"],
  step: 1200,
  xAxis: "relative",
  movementAxis: "log",
  zoom: [0, 4000],
  hiddenBands: { delta: [0, 668], bands: [1587] },
  scalar: "train/loss",
  changeOf: "weights",
  measure: "speed",
  baseline: "step:40",
  thresholds: { moved_far: 0.2, moved: 0.001, collapsed: 0.5 },
};

test("addresses that were copied before open what they opened then", () => {
  expect(mergeHash("", linkToValues(CHOSEN)).replaceAll("p.weight_delta.", "")).toBe(
    "#run=lr-1%2C%20a%2Fb&with=lr-2%2Cc%252Cd%2C50%2520%2525&reference=lr-2&at=last&by=%2Bc%2Cd" +
      "&list=runs&runs=lr%3D0.1%20&runs_sort=-param-lr" +
      "&tag=conv%2Fkernel&pins=conv%252Fbias%2Ca%252Cb&filter=%5Econv.*&roles=weight%2Cbias&verdicts=moved%2Cexploding" +
      "&sort=-verdict&view=runs&group=scope&fold=h.3%2Ckind%253Aactivation&step=1200&x=relative&y=log&zoom=0..4000" +
      "&hide=delta-0-668~bands-1587&scalar=train%2Floss&change=weights&measure=speed&baseline=step%3A40&moved=0.001&moved_far=0.2" +
      "&collapsed=0.5",
  );
});

test.each(Object.keys(DEFAULT_LINK) as (keyof Link)[])(
  "what is chosen of %s survives the round trip, and its default says nothing",
  (name) => {
    expect(CHOSEN[name]).not.toEqual(DEFAULT_LINK[name]);
    const values = linkToValues({ [name]: CHOSEN[name] });
    expect(Object.keys(values).length).toBeGreaterThan(0);
    // Without a run there is none beside it.
    expect(valuesToLink({ run: "r", ...values })[name]).toEqual(CHOSEN[name]);
    expect(linkToValues({ [name]: DEFAULT_LINK[name] })).toEqual({});
  },
);
