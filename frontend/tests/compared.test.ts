import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../src/api/client";
import type { RunsReply } from "../src/api/replies";
import { isArriving } from "../src/api/resource";
import { createStore, type Store } from "../src/store/store";
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

const asked = () => server.calls.map(({ route }) => route);

/** Runs of which the named ones go further than the others. */
function unequal(...longer: string[]): RunsReply {
  const reply = runsReply("a", "b", "c");
  return {
    ...reply,
    runs: reply.runs.map((run) => ({ ...run, last_step: longer.includes(run.run) ? 900 : 400 })),
  };
}

async function answer(route: string, movement = 0.001): Promise<void> {
  const [, run = ""] = route.split(" ");
  const tensors = [
    { tag: "w1", movement, relative: movement * 10 },
    { tag: "w2", movement: 0.002, relative: 0.02 },
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
  expect(store.comparedSeries.value.map(({ run, series }) => [run, series.data?.run])).toEqual([
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

test("a longer run is compared at the last step that all have, or at its own end", async () => {
  await server.call("runs").answer(unequal("b"));
  expect(store.commonStep.value).toBe(400);
  expect(asked()).toContain("overview b until 400");
  expect(asked()).not.toContain("overview b");
  store.toggleAligned();
  expect(asked()).toContain("overview b");
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
  await server.call("runs").answer(unequal("b"));
  await answer("overview a");
  await answer("overview b until 400");
  host.reload();
  await server.call("runs").answer(unequal("a", "b", "c"));
  expect(store.commonStep.value).toBeNull();
  expect(store.comparedRuns.value[1]?.rows.size).toBe(2);
});
