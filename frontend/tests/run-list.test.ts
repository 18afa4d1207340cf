import { describe, expect, test } from "vitest";
import {
  listRuns,
  paramsInName,
  type RunSummary,
  sortRuns,
  summaryOf,
} from "../src/model/run-list";
import { overviewReply, runsReply } from "./fixtures";

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
