import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../src/api/client";
import { nearestStep } from "../src/store/derived";
import { createStore, type Store } from "../src/store/store";
import {
  type FakeHost,
  fakeHost,
  fakeServer,
  histogramReply,
  overviewReply,
  runsReply,
  seriesReply,
} from "./fixtures";

const TENSORS = [{ tag: "w1" }, { tag: "w2" }, { tag: "b", role: "bias" as const }];

let server: ReturnType<typeof fakeServer>;
let host: FakeHost;
let store: Store;

function open(link: Record<string, string> = {}): void {
  server = fakeServer();
  host = fakeHost(link);
  store = createStore(server.api, host);
}

/** Answers the latest call of the route with what the fixtures have for it. */
async function answer(route: string): Promise<void> {
  const [kind, run = "", tag = "", step = "0"] = route.split(" ");
  if (kind === "runs") await server.call(route).answer(runsReply("a", "b"));
  if (kind === "overview") await server.call(route).answer(overviewReply(run, TENSORS));
  if (kind === "series") await server.call(route).answer(seriesReply(run, tag));
  if (kind === "histogram") await server.call(route).answer(histogramReply(run, tag, Number(step)));
}

const asked = () => server.calls.map(({ route }) => route);

beforeEach(() => open());
afterEach(() => store.dispose());

test("the page opens on the newest of equal runs and the weight that moved most", async () => {
  await answer("runs");
  expect(store.run.value).toBe("b");
  await answer("overview b");
  expect(store.tag.value).toBe("w1");
  await answer("series b w1");
  expect(store.chosenStep.value).toBe(400);
  await vi.waitFor(() => expect(asked()).toContain("histogram b w1 400"));
});

test("a link opens what it names, without asking for another run first", async () => {
  open({ run: "a", tag: "b", roles: "bias", filter: "^b$", sort: "-tag" });
  expect(asked()).toEqual(["runs", "overview a"]);
  await answer("overview a");
  expect(store.tag.value).toBe("b");
  await vi.waitFor(() => expect(store.shownRows.value.map(({ tag }) => tag)).toEqual(["b"]));
});

test("a filter from a link that could take long is plain text, until it is typed", async () => {
  const filter = "^(w|x)+1$";
  open({ run: "a", filter });
  await answer("overview a");
  expect(store.matcher.value.problem).toMatch(/by a link/);
  expect(store.shownRows.value).toEqual([]);
  store.typeFilter(filter);
  expect(store.matcher.value.problem).toBeNull();
  expect(store.shownRows.value.map(({ tag }) => tag)).toEqual(["w1"]);
});

test("so is a filter of the list of runs", async () => {
  open({ run: "a", view: "runs", runs: "^(a|b)+$" });
  expect(store.linkedRunsFilter.value).toBe(store.runsFilter.value);
  host.edit({ run: "a", view: "runs", runs: "(a|b)*" });
  expect(store.linkedRunsFilter.value).toBe("(a|b)*");
  store.filterRuns("(a|b)*");
  expect(store.linkedRunsFilter.value).toBeNull();
});

test("a tag that the run does not have is never asked for", async () => {
  open({ run: "a", tag: "gone" });
  await answer("overview a");
  expect(store.tag.value).toBe("w1");
  expect(asked().join()).not.toContain("gone");
});

test("a late reply about another run or tensor is never shown", async () => {
  await answer("runs");
  const late = server.call("overview b");
  store.chooseRun("a");
  await answer("overview a");
  expect(late.aborted()).toBe(true);
  await late.answer(overviewReply("b", [{ tag: "late" }]));
  expect(store.overview.value.data?.run).toBe("a");

  const lateSeries = server.call("series a w1");
  store.selectTag("w2");
  await Promise.resolve();
  expect(lateSeries.aborted()).toBe(true);
  await answer("series a w2");
  await lateSeries.answer(seriesReply("a", "w1"));
  expect(store.series.value.data?.tag).toBe("w2");
});

/** What is measured of run b after a while. */
const part = (tensors: typeof TENSORS) => ({
  ...overviewReply("b", tensors),
  of: TENSORS.length,
  complete: false,
});

test("what is measured of a large run is shown before the rest", async () => {
  await answer("runs");
  server.call("overview b").show(part(TENSORS.slice(1)));
  expect(store.rows.value.map(({ tag }) => tag)).toEqual(["w2", "b"]);
  expect(store.overview.value.loading).toBe(true);
  expect(store.overview.value.progress).toMatchObject({ measured: 2, of: 3 });
  expect(store.tag.value).toBe("w2");
  await answer("overview b");
  expect(store.rows.value).toHaveLength(3);
  expect(store.tag.value).toBe("w1"); // what the whole answer speaks of
  expect(store.overview.value.progress).toBeNull();
});

test("what somebody chose of a part stays when all is measured", async () => {
  await answer("runs");
  server.call("overview b").show(part(TENSORS.slice(1)));
  store.selectTag("b");
  await answer("overview b");
  expect(store.tag.value).toBe("b");
});

test("show me selects what the answer speaks of, whatever was filtered away", async () => {
  await answer("runs");
  await answer("overview b");
  store.typeFilter("^b$");
  store.showSubject({ tag: "w2", step: 200 });
  expect([store.tag.value, store.step.value, store.filter.value]).toEqual(["w2", 200, ""]);
});

test("a linked tensor that has not come yet is waited for", async () => {
  store.dispose();
  open({ run: "b", tag: "w1" });
  await answer("runs");
  server.call("overview b").show(part(TENSORS.slice(1)));
  expect(store.tag.value).toBe("w1");
  expect(asked().join()).not.toContain("series");
  await answer("overview b");
  expect(asked()).toContain("series b w1");
});

test("a linked tensor that has not come yet is not forgotten by a failure that passes", async () => {
  store.dispose();
  open({ run: "b", tag: "w1" });
  await answer("runs");
  server.call("overview b").show(part(TENSORS.slice(1)));
  await server.call("overview b").fail(new ApiError("unreachable", "It does not answer."));
  expect(store.tag.value).toBe("w1");
  host.reload();
  await answer("overview b");
  expect(store.tag.value).toBe("w1");
});

test("where there were parts alone those of a later answer are shown", async () => {
  await answer("runs");
  server.call("overview b").show(part(TENSORS.slice(2)));
  await server.call("overview b").fail(new ApiError("unreachable", "It does not answer."));
  expect(store.notice.value).not.toBeNull();
  host.reload();
  server.call("overview b").show(part(TENSORS.slice(1)));
  expect(store.rows.value).toHaveLength(2);
  expect(store.notice.value).toBeNull();
});

test("how far it is is not said of what will not come", async () => {
  await answer("runs");
  server.call("overview b").show(part(TENSORS.slice(1)));
  expect(store.overview.value.progress).not.toBeNull();
  await server.call("overview b").fail(new ApiError("refused", "The run 'b' is no longer there."));
  expect(store.overview.value.progress).toBeNull();
});

test("once all of a run was there, a part of a newer answer does not replace it", async () => {
  await answer("runs");
  await answer("overview b");
  host.reload();
  server.call("overview b").show(part(TENSORS.slice(1)));
  expect(store.rows.value).toHaveLength(3);
  store.setThreshold("moved", 0.5);
  server.call("overview b").show(part(TENSORS.slice(1)));
  expect(store.rows.value).toHaveLength(3);
  await server.call("overview b").answer(overviewReply("b", TENSORS.slice(1)));
  expect(store.rows.value).toHaveLength(2);
});

test("of two replies to the same question only the later question's counts", async () => {
  open({ run: "a" });
  const first = server.call("overview a");
  host.reload();
  await answer("overview a");
  await first.answer(overviewReply("a", [{ tag: "old" }]));
  expect(store.rows.value.map(({ tag }) => tag)).toEqual(["w1", "w2", "b"]);
});

test("a reload keeps the selection, the filter and the old data until the new arrive", async () => {
  open({ run: "a", tag: "w2", filter: "w" });
  await answer("overview a");
  await answer("series a w2");
  const before = store.series.value.data;
  host.reload();
  expect(store.series.value).toMatchObject({ data: before, loading: true });
  expect(store.rows.value).toHaveLength(3);
  await answer("runs");
  await answer("overview a");
  await server.call("series a w2").answer(seriesReply("a", "w2", { steps: [0, 200, 400, 600] }));
  expect(store.tag.value).toBe("w2");
  expect(store.filter.value).toBe("w");
  expect(store.chosenStep.value).toBe(600);
});

test("a failed reload keeps the data and says so, and a good one takes that back", async () => {
  open({ run: "a" });
  await answer("overview a");
  host.reload();
  await server.call("overview a").fail(new ApiError("unreachable", "TensorBoard is gone."));
  expect(store.rows.value).toHaveLength(3);
  expect(store.notice.value?.sentence).toBe("TensorBoard is gone.");
  store.reload();
  await answer("overview a");
  expect(store.notice.value).toBeNull();
});

test("a first failure with nothing to show is no notice but an error in its place", async () => {
  await server.call("runs").fail(new ApiError("unavailable", "Unreadable."));
  expect(store.notice.value).toBeNull();
  expect(store.runs.value.error?.message).toBe("Unreadable.");
});

test("a run that disappears stays on the page with a notice; one that appears is listed", async () => {
  open({ run: "a" });
  await answer("runs");
  await answer("overview a");
  host.reload();
  await server.call("runs").answer(runsReply("b", "c"));
  await answer("overview a");
  expect(store.run.value).toBe("a");
  expect(store.notice.value?.sentence).toBe("The run 'a' is no longer in this logdir.");
  expect(store.runs.value.data?.runs.map(({ run }) => run)).toEqual(["b", "c"]);
});

test("an empty logdir that gets its first run shows it", async () => {
  await server.call("runs").answer(runsReply());
  expect(store.run.value).toBeNull();
  host.reload();
  await server.call("runs").answer(runsReply("first"));
  expect(store.run.value).toBe("first");
});

test("the step asked for is a kept one: the nearest, and the last by default", () => {
  const series = seriesReply("a", "w", { steps: [0, 200, 400] });
  expect(nearestStep(series, null)).toBe(400);
  expect(nearestStep(series, 230)).toBe(200);
  expect(nearestStep(null, 3)).toBeNull();
});

test("going back to a run that was read before asks for nothing again", async () => {
  await answer("runs");
  await answer("overview b");
  store.chooseRun("a");
  await answer("overview a");
  store.chooseRun("b");
  expect(store.overview.value.data?.run).toBe("b");
  expect(asked().filter((route) => route === "overview b")).toHaveLength(1);
});

test("the arrow keys move through the rows in sight and stop at the ends", async () => {
  open({ run: "a" });
  await answer("overview a");
  store.moveSelection(1);
  expect(store.tag.value).toBe("w2");
  store.moveSelection(Number.POSITIVE_INFINITY);
  expect(store.tag.value).toBe(store.shownRows.value.at(-1)?.tag);
  store.filter.value = "w1";
  store.moveSelection(1);
  expect(store.tag.value).toBe("w1");
});

test("what is chosen is kept in the link", async () => {
  open({ run: "a" });
  await answer("overview a");
  store.selectTag("w2");
  store.toggleRole("weight");
  store.sortBy("tag");
  const link = { run: "a", tag: "w2", roles: "weight", sort: "tag" };
  await vi.waitFor(() => expect(host.link).toEqual(link));
});

test("how the list of runs is filtered and sorted is kept in the link, and that it is listed", async () => {
  open({ run: "a", with: "b", view: "runs" });
  expect(store.comparing.value).toBe(true);
  store.listRuns(true);
  store.filterRuns("lr=1");
  store.sortRunsBy("median");
  store.sortRunsBy("median");
  const link = { run: "a", with: "b", view: "runs", list: "runs", runs: "lr=1" };
  await vi.waitFor(() => expect(host.link).toEqual({ ...link, runs_sort: "-median" }));
  open(host.link);
  expect(store.comparing.value).toBe(false);
  expect(store.runsFilter.value).toBe("lr=1");
  expect(store.runsSort.value).toEqual({ column: "median", descending: true });
  // A run alone is compared with none.
  store.toggleRun("b");
  store.filterRuns("");
  await vi.waitFor(() =>
    expect(host.link).toEqual({ run: "a", view: "runs", runs_sort: "-median" }),
  );
});

test("which groups are folded is kept in the link, as far as it is not as usual", async () => {
  open({ run: "a", tag: "w1", group: "scope" });
  await answer("overview a");
  const usual = [...store.folded.value];
  store.fold("h.3", true);
  store.fold("kind:statistic", false);
  const link = { run: "a", tag: "w1", group: "scope", fold: "h.3,kind%3Astatistic" };
  await vi.waitFor(() => expect(host.link).toEqual(link));
  open(host.link);
  const folded = usual.filter((scope) => scope !== "kind:statistic");
  expect(store.folded.value).toEqual(new Set([...folded, "h.3"]));
  store.fold("kind:statistic", true);
  store.fold("h.3", false);
  await vi.waitFor(() => expect(host.link).not.toHaveProperty("fold"));
  expect(store.folded.value).toEqual(new Set(usual));
});

test("a second click on a column turns its order around", () => {
  store.sortBy("tag");
  expect(store.sort.value).toEqual({ column: "tag", descending: false });
  store.sortBy("tag");
  expect(store.sort.value).toEqual({ column: "tag", descending: true });
  store.sortBy("movement");
  expect(store.sort.value).toEqual({ column: "movement", descending: true });
});
