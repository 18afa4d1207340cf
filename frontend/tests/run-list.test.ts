import { describe, expect, test, vi } from "vitest";
import { type Against, type Api, ApiError } from "../src/api/client";
import {
  listRuns,
  paramColumn,
  paramsInName,
  type RunSummary,
  shortNames,
  sortRuns,
  summaryOf,
} from "../src/model/run-list";
import { createStore } from "../src/store/store";
import { fakeHost, fakeServer, overviewReply, runsReply } from "./fixtures";

const summary = (state: RunSummary["state"], median: number | null): RunSummary => ({
  ...{ state, sentence: "", median, steps: [], values: [] },
});

describe("hyper-parameters in names", () => {
  test.each([
    [
      "mnist,lr=0.01,wd=0,opt=adamw",
      [
        ["lr", 0.01],
        ["wd", 0],
        ["opt", "adamw"],
      ],
    ],
    ["rates/lr-1e-2", [["lr", 0.01]]],
    ["exp/seed_3/train", [["seed", 3]]],
    ["question", []],
    ["keras_frozen/train", []],
    ["a=b=c", [["a", "b=c"]]],
    [
      "constructor=1,toString=2",
      [
        ["constructor", 1],
        ["toString", 2],
      ],
    ],
  ])("%s", (name, params) => {
    expect([...paramsInName(name)]).toEqual(params);
  });
});

describe("the list of runs", () => {
  const names = ["0.1", "0.01", "1"].map((lr) => `mnist_mlp_of_two,lr=${lr},bs=8`);
  const { runs: entries } = runsReply(...names);
  const summaries = new Map([
    [names[0] ?? "", summary("moving", 0.2)],
    [names[2] ?? "", summary("broke", 30)],
  ]);
  const namesOf = (...runs: string[]) =>
    listRuns(runsReply(...runs).runs, new Map()).runs.map(({ name }) => name);

  test("has a column for what differs, names without it, and once what all share", () => {
    const { runs, columns, shared } = listRuns(entries, summaries);
    expect(columns).toEqual(["lr"]);
    expect(runs.map(({ name }) => name)).toEqual(["", "", ""]);
    expect(runs[1]?.summary).toBeNull();
    expect(shared).toBe("mnist_mlp_of_two, bs=8");
  });

  test("takes what the HParams plugin says before what names say", () => {
    const hparams = entries.map((entry, i) => ({ ...entry, hparams: { lr: i, depth: 2 } }));
    const { runs, columns } = listRuns(hparams, summaries);
    expect(runs.map(({ params }) => params.get("lr"))).toEqual([0, 1, 2]);
    expect(columns).toEqual(["lr"]);
    // The column does not say it.
    expect(runs.map(({ name }) => name)).toEqual(["lr=0.1", "lr=0.01", "lr=1"]);
  });

  test("the most telling columns come first: rates, then what most runs say, seeds last", () => {
    const { runs } = runsReply("seed=1,wd=0,dir=x,lr=1", "seed=1,wd=1,dir=y,lr=2", "seed=2,dir=z");
    expect(listRuns(runs, new Map()).columns).toEqual(["lr", "wd", "seed", "dir"]);
  });

  test("names keep what tells them apart, and no two are alike", () => {
    expect(namesOf("a/train", "b/train")).toEqual(["a", "b"]);
    expect(namesOf("exp/run/1", "exp/run/2")).toEqual(["run/1", "run/2"]);
    expect(namesOf("q", "q_exact", "rates/lr-1", "rates/lr-2")).toEqual([
      ...["q", "q_exact", "rates", "rates"],
    ]);
    expect(namesOf("a/b", "b/a")).toEqual(["a/b", "b/a"]);
    expect(namesOf("x/lr=0.1", "x/lr=0.10")).toEqual(["lr=0.1", "lr=0.10"]);
    expect(namesOf("x/lr=1", "x/lr=2/lr=1", "y/lr=2")).toEqual(["x", "x/lr=2", "y"]);
    expect(namesOf("x/lr=1", "x/lr=2", "x")).toEqual(["x/lr=1", "x/lr=2", "x"]);
    expect(namesOf("alone/train")).toEqual(["alone/train"]);
  });

  test("without columns beside them names say all that differs", () => {
    const shortOf = (...runs: string[]) => [...shortNames(runs).values()];
    expect(shortOf(...names)).toEqual(["lr=0.1", "lr=0.01", "lr=1"]);
    expect(shortOf("exp/a/train", "exp/b/train", "exp")).toEqual(["a/train", "b/train", "exp"]);
  });

  test("is sorted by state, median, or a hyper-parameter; what is not known comes last", () => {
    const { runs } = listRuns(entries, summaries);
    const order = (column: string, descending = false) =>
      sortRuns(runs, { column, descending }).map(({ params }) => params.get("lr"));
    expect(order("state")).toEqual([1, 0.1, 0.01]);
    expect(order("median", true)).toEqual([1, 0.1, 0.01]);
    expect(order("median")).toEqual([0.1, 1, 0.01]);
    expect(order(paramColumn("lr"))).toEqual([0.01, 0.1, 1]);
  });

  test.each(["name", "state", "median", "constructor", "__proto__", "toString"])(
    "a hyper-parameter may be called %s",
    (word) => {
      const values = [3, 1, 2];
      const said = entries.map((entry, i) => ({
        ...entry,
        hparams: JSON.parse(`{"${word}": ${values[i]}}`),
      }));
      const list = listRuns(
        [...said, { ...runsReply("none").runs[0], run: "none" }] as never,
        summaries,
      );
      expect(list.columns).toContain(word);
      const sorted = sortRuns(list.runs, { column: paramColumn(word), descending: false });
      expect(sorted.map(({ params }) => params.get(word))).toEqual([1, 2, 3, undefined]);
    },
  );
});

test("a run's line is the median of its weights over their scales", () => {
  const overview = overviewReply("r", [{ tag: "w1" }, { tag: "w2" }, { tag: "b", role: "bias" }]);
  overview.sparkline.values = [
    [0, 0.001, 0.002],
    [0, 0.003, 0.004],
    [0, 9, 9],
  ];
  const { steps, values } = summaryOf(overview);
  expect(steps).toEqual([0, 200, 400]);
  expect(values[1]).toBeCloseTo(0.02);
  expect(values[2]).toBeCloseTo(0.03);
});

describe("what the list says of each run", () => {
  /** A server whose medians are what was asked for. */
  function listed(link: Record<string, string>, median: (run: string, asked: Against) => number) {
    const api: Api = {
      ...fakeServer().api,
      runs: async () => runsReply("a", "b"),
      overview: async (run, _, asked = {}) => {
        const reply = overviewReply(run, [{ tag: "w" }]);
        const headline = { ...reply.headline, median_movement: median(run, asked) };
        return { ...reply, headline };
      },
    };
    const store = createStore(api, fakeHost({ view: "runs", ...link }));
    const medians = () => [...store.summaries.value].map(([run, told]) => [run, told.median]);
    return { store, medians };
  }

  test("is under the page's baseline and thresholds, and measured anew when they change", async () => {
    const { store, medians } = listed(
      { baseline: "step:200", moved: "0.02" },
      (_, { baseline, moved }) =>
        (baseline === "step:200" ? 1 : baseline === "previous" ? 2 : 3) + Number(moved ?? 0),
    );
    await vi.waitFor(() =>
      expect(medians()).toEqual([
        ["a", 1.02],
        ["b", 1.02],
      ]),
    );
    store.setBaseline("previous");
    expect(medians()).toEqual([]);
    await vi.waitFor(() =>
      expect(medians()).toEqual([
        ["a", 2.02],
        ["b", 2.02],
      ]),
    );
    store.show("table");
    store.setBaseline("first");
    store.show("runs");
    expect(medians()).toEqual([]);
    await vi.waitFor(() =>
      expect(medians()).toEqual([
        ["a", 3.02],
        ["b", 3.02],
      ]),
    );
    store.dispose();
  });

  test("is measured once, however often the logs are looked at meanwhile", async () => {
    const asked: string[] = [];
    const { store } = listed({}, (run, { points }) => {
      if (points) asked.push(run);
      if (points && asked.length < 9) store.reload();
      return 1;
    });
    await vi.waitFor(() => expect(store.summaries.value.size).toBe(2));
    expect(asked).toEqual(["a", "b"]);
    store.dispose();
  });

  test("is why, of a run that the server does not compare so", async () => {
    const why = "The run 'gone' has no histograms in this logdir.";
    const { store } = listed({ baseline: "run:gone" }, (run) => {
      if (run === "b") throw new ApiError("refused", why);
      return 1;
    });
    await vi.waitFor(() => expect(store.summaries.value.size).toBe(2));
    const told = { state: "unknown", sentence: why, median: null };
    expect(store.summaries.value.get("b")).toMatchObject(told);
    store.dispose();
  });
});
