import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../src/api/client";
import { EMPTY, isArriving } from "../src/api/resource";
import { comparedAt } from "../src/runs/runs-table";
import { createStore, type Store } from "../src/store/store";
import { shownMeasure } from "../src/ui/movement-text";
import {
  type FakeHost,
  fakeHost,
  fakeServer,
  overviewReply,
  runsReply,
  seriesReply,
} from "./fixtures";

let server: ReturnType<typeof fakeServer>;
let host: FakeHost;
let store: Store;

function open(link: Record<string, string>): void {
  server = fakeServer();
  host = fakeHost(link);
  store = createStore(server.api, host);
}

const SHORT = [0, 200, 400];
const LONG = [0, 200, 400, 900];

const asked = () => server.calls.map(({ route }) => route);

async function answer(route: string, movement = 0.001, steps = SHORT): Promise<void> {
  const [, run = ""] = route.split(" ");
  const tensors = [
    { tag: "w1", movement, relative: movement * 10, steps },
    { tag: "w2", movement: 0.002, relative: 0.02, steps },
  ];
  await server.call(route).answer(overviewReply(run, tensors));
}

beforeEach(() => open({ run: "a", with: "b" }));
afterEach(() => store.dispose());

test("runs beside each other are asked for by themselves, each tensor in each run", async () => {
  await server.call("runs").answer(runsReply("a", "b", "c"));
  expect(asked()).toEqual(["runs", "overview a", "overview b"]);
  await answer("overview a", 0.005);
  expect(asked()).not.toContain("series b w1"); // not known to be there
  await answer("overview b");
  expect(asked()).toContain("series b w1");
  await server.call("series b w1").answer(seriesReply("b", "w1"));
  expect(store.comparedSeries.value.map(({ name, series }) => [name, series.data?.run])).toEqual([
    ["a", undefined],
    ["b", "b"],
  ]);
});

test("a tensor that may still come is not said to be missing", async () => {
  await server.call("runs").answer(runsReply("a", "b"));
  await answer("overview a", 0.005);
  const first = { ...overviewReply("b", [{ tag: "w2" }]), of: 2, complete: false };
  server.call("overview b").show(first);
  const [, b] = store.comparedRuns.value;
  expect(b && [b.rows.has("w1"), isArriving(b.overview)]).toEqual([false, true]);
  await answer("overview b");
  const [, all] = store.comparedRuns.value;
  expect(all && [all.rows.has("w1"), isArriving(all.overview)]).toEqual([true, false]);
});

test("ratios refer to the run that leads until another one is chosen", async () => {
  await server.call("runs").answer(runsReply("a", "b"));
  await answer("overview a", 0.005);
  await answer("overview b", 0.001);
  const ratiosOf = (tag: string) =>
    store.orderedComparison.value.find((row) => row.tag === tag)?.ratios;
  expect(ratiosOf("w1")).toEqual([
    { kind: "times", times: 1 },
    { kind: "times", times: expect.closeTo(0.2) },
  ]);
  store.chooseReference("b");
  expect(ratiosOf("w1")?.[0]).toEqual({ kind: "times", times: 5 });
});

test("a column orders the rows by its ratio, then back, then not at all", async () => {
  await server.call("runs").answer(runsReply("a", "b"));
  await answer("overview a", 0.005);
  await answer("overview b", 0.001);
  const tags = () => store.orderedComparison.value.map(({ tag }) => tag);
  expect(tags()).toEqual(["w1", "w2"]);
  store.orderByRun("b");
  expect(tags()).toEqual(["w2", "w1"]); // 1 and 0.2 times as far
  store.orderByRun("b");
  expect(tags()).toEqual(["w1", "w2"]);
  store.orderByRun("b");
  expect(store.order.value).toBeNull();
});

const comparedRow = (tag: string) => store.orderedComparison.value.find((row) => row.tag === tag);

test("a longer run is compared at the last step that all have, or at its own end", async () => {
  await server.call("runs").answer(runsReply("a", "b"));
  await answer("overview a", 0.001);
  expect(store.unequal.value).toBe(false);
  await answer("overview b", 0.009, LONG);
  expect(store.unequal.value).toBe(true);
  expect(asked().filter((route) => route.includes("until"))).toEqual(["overview b until 400"]);
  expect(comparedRow("w1")).toMatchObject({ step: 400, cells: [{ tag: "w1" }, null] });
  await answer("overview b until 400", 0.002);
  expect(comparedRow("w1")?.ratios[1]).toEqual({ kind: "times", times: 2 });
  store.toggleAligned();
  expect(comparedRow("w1")).toMatchObject({ step: null, apart: false });
  expect(comparedRow("w1")?.ratios[1]).toMatchObject({ times: expect.closeTo(9) });
});

test("runs that never meet are each at their last step, with a remark", async () => {
  await server.call("runs").answer(runsReply("a", "b"));
  await answer("overview a", 0.001, [0, 20, 500]);
  await answer("overview b", 0.002, [0, 15]);
  expect(asked().join()).not.toContain("until");
  expect(comparedRow("w1")).toMatchObject({ step: null, apart: true });
  expect(comparedRow("w1")?.ratios[1]).toEqual({ kind: "times", times: 2 });
  expect(comparedAt(store.orderedComparison.value)).toMatch(/^\. There is no common step, each/);
});

test("each tensor is compared at a step of its own, a run asked once for each such step", async () => {
  await server.call("runs").answer(runsReply("a", "b"));
  const reply = (run: string, ...steps: number[][]) =>
    overviewReply(
      run,
      steps.map((each, i) => ({ tag: `w${i}`, steps: each })),
    );
  await server.call("overview a").answer(reply("a", SHORT, SHORT, [0, 100], [0, 100], LONG));
  await server.call("overview b").answer(reply("b", LONG, LONG, LONG, SHORT, [500, 900]));
  const steps = store.orderedComparison.value.map(({ step, apart }) => [step, apart]);
  expect(steps.slice(0, 2)).toEqual([
    [400, false],
    [400, false],
  ]);
  expect(steps.slice(2)).toEqual([
    [null, true], // from 100 to 200 nobody knows
    [null, true],
    [900, false],
  ]);
  expect(asked().filter((route) => route.includes("until"))).toEqual(["overview b until 400"]);
  const said = comparedAt(store.orderedComparison.value);
  expect(said).toContain("in common: 400 to 900. 2 tensors without one: at each run's last.");
});

test("a run is not asked for more tables than a few: rare steps are left out", async () => {
  await server.call("runs").answer(runsReply("a", "b"));
  const ends = [100, 200, 300, 400, 500, 500];
  const reply = (run: string, further: number[]) =>
    overviewReply(
      run,
      ends.map((end, i) => ({ tag: `w${i}`, steps: [0, end, ...further] })),
    );
  await server.call("overview a").answer(reply("a", []));
  await server.call("overview b").answer(reply("b", [900]));
  const further = asked().filter((route) => route.includes("until"));
  expect(further).toHaveLength(3);
  expect(further).toContain("overview b until 500");
  expect(store.orderedComparison.value.filter(({ apart }) => apart)).toHaveLength(2);
});

test("what a run says of an earlier step is awaited, and its failure is told", async () => {
  await server.call("runs").answer(runsReply("a", "b"));
  await answer("overview a");
  await answer("overview b", 0.009, LONG);
  const b = () => store.comparedRuns.value[1];
  expect(isArriving(b()?.overview ?? EMPTY)).toBe(true);
  await server.call("overview b until 400").fail(new ApiError("unavailable", "Not read."));
  expect(b()?.overview).toMatchObject({ data: null, error: { message: "Not read." } });
  expect(b()?.rows.has("w1")).toBe(true);
});

test("cells and ratios are of the chosen measure, and so is the order", async () => {
  await server.call("runs").answer(runsReply("a", "b"));
  await answer("overview a");
  await answer("overview b");
  store.setMeasure("norm");
  for (const [run, norms] of [
    ["a", [2, 4]],
    ["b", [1, 8]],
  ] as const) {
    const reply = overviewReply(run, [{ tag: "w1" }, { tag: "w2" }]);
    const values = norms.map((norm) => [1, 1, norm]);
    const sparkline = { ...reply.sparkline, measure: "norm" as const, values };
    await server.call(`overview ${run}`).answer({ ...reply, sparkline });
  }
  expect(comparedRow("w1")?.cells.map(shownMeasure)).toEqual(["2", "1"]);
  expect(comparedRow("w1")?.ratios[1]).toEqual({ kind: "times", times: 0.5 });
  store.orderByRun("a");
  expect(store.orderedComparison.value.map(({ tag }) => tag)).toEqual(["w2", "w1"]);
});

test("a tensor that only another run has is listed, and never asked of the run that leads", async () => {
  await server.call("runs").answer(runsReply("a", "b"));
  await answer("overview a");
  await server
    .call("overview b")
    .answer(overviewReply("b", [{ tag: "w1" }, { tag: "only-b" }, { tag: "other" }]));
  store.filter.value = "w1|only";
  const tags = () => store.orderedComparison.value.map(({ tag }) => tag);
  await vi.waitFor(() => expect(tags()).toEqual(["w1", "only-b"]));
  expect(store.orderedComparison.value[1]?.cells[0]).toBeNull();
  expect(asked().join()).not.toContain("only-b");
});

test("a run that fails takes nothing from the others", async () => {
  await server.call("runs").answer(runsReply("a", "b"));
  await answer("overview a");
  await server.call("overview b").fail(new ApiError("unavailable", "The run 'b' was not read."));
  expect(store.rows.value).toHaveLength(2);
  expect(store.comparedRuns.value[1]?.overview.error?.message).toBe("The run 'b' was not read.");
  expect(store.orderedComparison.value[0]?.cells).toMatchObject([{ tag: "w1" }, null]);
});

test("runs are set beside each other and taken away, the last one stays", async () => {
  open({ run: "a" });
  await server.call("runs").answer(runsReply("a", "b", "c"));
  store.toggleRun("b");
  store.toggleRun("c");
  expect(store.chosenRuns.value).toEqual(["a", "b", "c"]);
  store.chooseReference("b");
  store.toggleRun("a");
  expect(store.run.value).toBe("b");
  store.toggleRun("b");
  expect(store.referenceRun.value).toBe("c");
  store.toggleRun("c");
  expect(store.chosenRuns.value).toEqual(["c"]);
  expect(store.comparedRuns.value).toEqual([]);
});

test("another run leads in the place of the one that led; one that is there comes to the front", () => {
  store.chooseRun("c");
  expect(store.chosenRuns.value).toEqual(["c", "b"]);
  store.chooseRun("b");
  expect(store.chosenRuns.value).toEqual(["b", "c"]);
});

test("while a run is read again, what was known of it stays", async () => {
  await server.call("runs").answer(runsReply("a", "b"));
  await answer("overview a");
  await answer("overview b", 0.009, LONG);
  await answer("overview b until 400", 0.002);
  host.reload();
  await server.call("runs").answer(runsReply("a", "b"));
  expect(comparedRow("w1")?.cells[1]?.movement).toBe(0.002);
  await answer("overview a", 0.009, LONG); // it caught up
  expect(comparedRow("w1")).toMatchObject({ step: 900, cells: [{}, { movement: 0.009 }] });
});
