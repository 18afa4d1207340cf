import { describe, expect, test, vi } from "vitest";
import { type Against, type Api, ApiError } from "../src/api/client";
import {
  listRuns,
  paramsInName,
  type RunSummary,
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
    ["mnist,lr=0.01,wd=0,opt=adamw", { lr: 0.01, wd: 0, opt: "adamw" }],
    ["rates/lr-1e-2", { lr: 0.01 }],
    ["exp/seed_3/train", { seed: 3 }],
    ["question", {}],
    ["keras_frozen/train", {}],
    ["a=b=c", { a: "b=c" }],
  ])("%s", (name, params) => {
    expect(paramsInName(name)).toEqual(params);
  });
});

describe("the list of runs", () => {
  const { runs: entries } = runsReply(
    "mnist_mlp_of_two,lr=0.1,bs=8",
    "mnist_mlp_of_two,lr=0.01,bs=8",
    "mnist_mlp_of_two,lr=1,bs=8",
  );
  const [first] = entries;
  const summaries = new Map([
    ["mnist_mlp_of_two,lr=0.1,bs=8", summary("moving", 0.2)],
    ["mnist_mlp_of_two,lr=1,bs=8", summary("broke", 30)],
  ]);

  test("has a column for what differs, and names without it", () => {
    const { runs, columns } = listRuns(entries, summaries);
    expect(columns).toEqual(["lr"]);
    expect(runs.map(({ name }) => name)).toEqual(["lr=0.1", "lr=0.01", "lr=1"]);
    expect(runs[1]?.summary).toBeNull();
  });

  test("takes what the HParams plugin says before what names say", () => {
    const hparams = entries.map((entry, i) => ({ ...entry, hparams: { lr: i, depth: 2 } }));
    expect(listRuns(hparams, summaries).runs.map(({ params }) => params.lr)).toEqual([0, 1, 2]);
    expect(listRuns(hparams, summaries).columns).toEqual(["lr"]);
  });

  test("names keep what tells them apart", () => {
    const named = ["a/train", "b/train"].map((run) => ({ ...first, run })) as typeof entries;
    expect(listRuns(named, summaries).runs.map(({ name }) => name)).toEqual(["a/train", "b/train"]);
  });

  test("is sorted by state, median, or a hyper-parameter; what is not known comes last", () => {
    const { runs } = listRuns(entries, summaries);
    const order = (column: string, descending = false) =>
      sortRuns(runs, { column, descending }).map(({ params }) => params.lr);
    expect(order("state")).toEqual([1, 0.1, 0.01]);
    expect(order("median", true)).toEqual([1, 0.1, 0.01]);
    expect(order("median")).toEqual([0.1, 1, 0.01]);
    expect(order("lr")).toEqual([0.01, 0.1, 1]);
  });
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
