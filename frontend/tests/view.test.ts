import { expect, test, vi } from "vitest";
import { shownThreshold, THRESHOLD_FIELDS, typedThreshold } from "../src/header/forms";
import { usableZoom, zoomedSeries } from "../src/model/series";
import { DEFAULT_LINK, type Link, linkToValues, valuesToLink } from "../src/store/choice";
import { createStore } from "../src/store/store";
import { baselineName, readBaseline } from "../src/words/baseline";
import {
  fakeHost,
  fakeServer,
  histogramReply,
  overviewReply,
  runsReply,
  seriesReply,
  THRESHOLDS,
} from "./fixtures";

const CHOSEN: Link = {
  ...DEFAULT_LINK,
  step: 200,
  xAxis: "wall",
  movementAxis: "log",
  zoom: [-20, 400],
  hiddenBands: { delta: [0, 668], bands: [] },
  changeOf: "weights",
  baseline: "run:a=b&c <img>",
  thresholds: { moved: 0.002, exploding: 5 },
};

test("a view survives the round trip through a link, and defaults say nothing", () => {
  expect(valuesToLink(linkToValues(CHOSEN))).toEqual(CHOSEN);
  expect(linkToValues(DEFAULT_LINK)).toEqual({});
  expect(valuesToLink({})).toEqual(DEFAULT_LINK);
});

test.each([
  { step: "x", x: "diagonal", y: "sqrt", zoom: "9..1", baseline: "last", moved: "-1" },
  { zoom: "1", baseline: "step:1.5", moved: "none", exploding: "" },
  { zoom: "a..b", baseline: "run:", collapsed: "NaN" },
  { hide: "gamma-0~-1" },
])("a link that makes no sense opens the defaults: %o", (values) => {
  expect(valuesToLink(values as unknown as Record<string, string>)).toEqual(DEFAULT_LINK);
});

test.each<[string | null, Link["hiddenBands"]]>([
  ["delta-0-668", { delta: [0, 668], bands: null }],
  ["delta", { delta: [], bands: null }],
  ["delta-3085~bands-0-1587", { delta: [3085], bands: [0, 1587] }],
  [null, { delta: null, bands: null }],
])("hidden bands are told in short, as an address leaves it: %s", (hide, hiddenBands) => {
  const values = linkToValues({ ...DEFAULT_LINK, hiddenBands });
  expect(values).toEqual(hide === null ? {} : { hide });
  expect(encodeURIComponent(values.hide ?? "")).toBe(values.hide ?? "");
  expect(valuesToLink(values).hiddenBands).toEqual(hiddenBands);
});

test("of hidden bands what makes no sense is left out", () => {
  const { hiddenBands } = valuesToLink({ hide: "delta-0-x--9332-668~pie-1" });
  expect(hiddenBands).toEqual({ delta: [0, 668], bands: null });
});

test("a baseline is named in a word and read back from the API's spelling", () => {
  expect(["first", "previous", "step:1200", "run:a/b"].map(baselineName)).toEqual([
    "first step",
    "previous step",
    "step 1,200",
    "a/b",
  ]);
  expect(readBaseline("run:step:3")).toEqual({ kind: "run", step: null, run: "step:3" });
});

const field = (name: string) => {
  const found = THRESHOLD_FIELDS.find((each) => each.name === name);
  if (!found) throw new Error(name);
  return found;
};

test("a threshold is typed in per cent and comes back as it was typed", () => {
  for (const typed of ["7", "0.1", "2.3"]) {
    const read = typedThreshold(field("moved"), typed, THRESHOLDS);
    if (!("value" in read)) throw new Error(read.problem);
    expect(shownThreshold(field("moved"), read.value)).toBe(typed);
  }
  expect(typedThreshold(field("exploding"), "5", THRESHOLDS)).toEqual({ value: 5 });
});

test.each([
  ["moved", "10"],
  ["moved_far", "1"],
  ["exploding", "1"],
  ["collapsed", "100"],
  ["moved", "0"],
  ["moved", "a lot"],
  ["moved", ""],
])("a threshold that contradicts another or itself is explained: %s = %s", (name, typed) => {
  expect(typedThreshold(field(name), typed, THRESHOLDS)).toHaveProperty("problem");
});

test("zooming is the same as having kept only the steps in sight", () => {
  const whole = seriesReply("a", "w", { steps: [0, 10, 20, 30, 40] });
  const zoomed = zoomedSeries(whole, [10, 30]);
  expect(zoomed.steps).toEqual([10, 20, 30]);
  expect(zoomed.movement).toEqual(whole.movement.slice(1, 4));
  expect(zoomed.bands[3]).toEqual(whole.bands[3]?.slice(1, 4));
  expect(zoomed.baseline_bands).toEqual(whole.baseline_bands);
  const lengths = Object.values(zoomed).filter((list) => Array.isArray(list) && list.length === 5);
  expect(lengths).toEqual([]);
  expect(zoomedSeries(whole, null)).toBe(whole);
});

test("a zoom without two kept steps in it, or with all of them, is none", () => {
  const { steps } = seriesReply("a", "w", { steps: [0, 10, 20] });
  expect(usableZoom({ steps }, [11, 19])).toBeNull();
  expect(usableZoom({ steps }, [5, 15])).toBeNull();
  expect(usableZoom({ steps }, [-5, 99])).toBeNull();
  expect(usableZoom({ steps }, [1, 25])).toEqual([10, 20]);
});

async function opened(link: Record<string, string> = { run: "a" }) {
  const server = fakeServer();
  const host = fakeHost(link);
  const store = createStore(server.api, host);
  await server.call("runs").answer(runsReply("a", "b"));
  await server.call("overview a").answer(overviewReply("a", [{ tag: "w1" }, { tag: "w2" }]));
  await server.call("series a w1").answer(seriesReply("a", "w1"));
  return { server, host, store };
}

test("baseline and thresholds go along with every question they bear on", async () => {
  const { server, store } = await opened();
  const overview = vi.spyOn(server.api, "overview");
  const series = vi.spyOn(server.api, "series");
  store.setBaseline("step:7");
  store.setThreshold("moved", 0.05);
  const against = { baseline: "step:7", moved: "0.05" };
  expect(overview.mock.lastCall?.[2]).toEqual(against);
  expect(series.mock.lastCall?.[3]).toEqual(against);
  const histogram = vi.spyOn(server.api, "histogram");
  await vi.waitFor(() => expect(histogram.mock.lastCall?.[4]).toEqual({ baseline: "step:7" }));
  store.dispose();
});

test("what was read stays until the reply for another baseline, and returns without asking", async () => {
  const { server, store } = await opened();
  const before = store.overview.value.data;
  store.setBaseline("previous");
  expect(store.overview.value).toMatchObject({ data: before, loading: true });
  expect(store.row.value?.tag).toBe("w1");
  const reply = { ...overviewReply("a", [{ tag: "w1" }]), baseline: "previous" };
  await server.call("overview a").answer(reply);
  expect(store.overview.value.data?.baseline).toBe("previous");
  const asked = server.calls.length;
  store.setBaseline("first");
  expect(store.overview.value.data).toBe(before);
  expect(server.calls.slice(asked).map(({ route }) => route)).not.toContain("overview a");
  store.dispose();
});

test("only a visit to another run or tensor is a stop for Back", async () => {
  const { host, store } = await opened();
  const write = vi.spyOn(host, "writeLink");
  store.setMovementAxis("log");
  await vi.waitFor(() => expect(write).toHaveBeenLastCalledWith(expect.anything(), false));
  store.selectTag("w2");
  await vi.waitFor(() => expect(write).toHaveBeenLastCalledWith(expect.anything(), true));
  store.setXAxis("wall");
  await vi.waitFor(() => expect(write).toHaveBeenLastCalledWith(expect.anything(), false));
  store.dispose();
});

test("tensors gone through in quick succession are one stop for Back, what they led to another", async () => {
  const { host, store } = await opened();
  const write = vi.spyOn(host, "writeLink");
  const goTo = async (tag: string, isStop: boolean) => {
    store.selectTag(tag);
    const link = expect.objectContaining({ tag });
    await vi.waitFor(() => expect(write).toHaveBeenLastCalledWith(link, isStop));
  };
  vi.useFakeTimers({ toFake: ["Date"] });
  await goTo("w2", true);
  await goTo("w1", false);
  await goTo("w2", false);
  vi.setSystemTime(Date.now() + 3_000);
  await goTo("w1", true);
  host.edit({ run: "a", tag: "w3" }); // Back
  await goTo("w2", true);
  store.show("cards");
  await vi.waitFor(() => expect(write).toHaveBeenLastCalledWith(expect.anything(), true));
  await goTo("w1", true);
  vi.useRealTimers();
  store.dispose();
});

test("playing waits for each histogram and ends at the last step", async () => {
  const { server, store } = await opened();
  const histogram = async (step: number) => {
    const route = `histogram a w1 ${step}`;
    await vi.waitFor(() => server.call(route));
    await server.call(route).answer(histogramReply("a", "w1", step));
  };
  store.play();
  expect(store.chosenStep.value).toBe(0);
  await histogram(0);
  await vi.waitFor(() => expect(store.chosenStep.value).toBe(200));
  await new Promise((done) => setTimeout(done, 250));
  expect(store.chosenStep.value).toBe(200);
  await histogram(200);
  await vi.waitFor(() => expect(store.chosenStep.value).toBe(400));
  await histogram(400);
  await vi.waitFor(() => expect(store.playing.value).toBe(false));
  store.dispose();
});

test("the cross-hair moves by kept steps, from the pinned one, and stops at the ends", async () => {
  const { store } = await opened();
  const steps = [0, 200, 400];
  store.moveCursor(-1, steps);
  expect(store.hoverStep.value).toBe(200);
  store.moveCursor(-Infinity, steps);
  expect(store.hoverStep.value).toBe(0);
  store.moveCursor(5, steps);
  expect(store.hoverStep.value).toBe(400);
  store.zoomTo(300, 100);
  expect(store.zoom.value).toBeNull();
  store.zoomTo(450, 100);
  expect(store.zoom.value).toEqual([200, 400]);
  store.dispose();
});
