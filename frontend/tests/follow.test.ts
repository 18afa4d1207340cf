import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ApiError } from "../src/api/client";
import type { OverviewReply, RunsReply } from "../src/api/replies";
import { createStore, type Store } from "../src/store/store";
import {
  type FakeHost,
  fakeHost,
  fakeServer,
  overviewReply,
  runsReply,
  seriesReply,
  type Tensor,
} from "./fixtures";

let server: ReturnType<typeof fakeServer>;
let host: FakeHost;
let store: Store;

beforeEach(() => {
  vi.useFakeTimers();
  server = fakeServer();
  host = fakeHost({ run: "a" });
  store = createStore(server.api, host);
});

afterEach(() => {
  store.dispose();
  localStorage.clear();
  vi.useRealTimers();
});

const calls = (route: string) => server.calls.filter((call) => call.route === route).length;
const settle = () => vi.advanceTimersByTimeAsync(1);

async function answer(route: string, reply: unknown): Promise<void> {
  void server.call(route).answer(reply);
  await settle();
}

async function fail(route: string, kind: ApiError["kind"]): Promise<void> {
  void server.call(route).fail(new ApiError(kind, "It failed."));
  await settle();
}

/** Run a as TensorBoard has read it so far. */
function readUpTo(step: number): RunsReply {
  const reply = runsReply("a", "b");
  const [first, ...others] = reply.runs;
  return { ...reply, runs: first ? [{ ...first, last_step: step }, ...others] : [] };
}

test("a server that went away is found again by itself, after ever longer pauses", async () => {
  await answer("runs", runsReply("a"));
  await answer("overview a", overviewReply("a", [{ tag: "w" }]));
  host.reload();
  await fail("runs", "unreachable");
  await fail("overview a", "unreachable");
  const before = calls("runs");
  await vi.advanceTimersByTimeAsync(2_100);
  expect(calls("runs")).toBe(before + 1);
  await fail("runs", "unreachable");
  await vi.advanceTimersByTimeAsync(2_100);
  expect(calls("runs")).toBe(before + 1); // the second pause is longer
  await vi.advanceTimersByTimeAsync(30_000);
  expect(calls("runs")).toBe(before + 2);
  await answer("runs", runsReply("a"));
  await answer("overview a", overviewReply("a", [{ tag: "w" }]));
  expect(store.notice.value).toBeNull();
  expect(store.failure.value).toBeNull();
});

test("a first failure recovers too, and a refusal is not asked for again", async () => {
  await fail("overview a", "refused");
  await answer("runs", runsReply("a"));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(calls("overview a")).toBe(1);
  host.reload();
  await answer("runs", runsReply("a"));
  await fail("overview a", "unavailable");
  await vi.advanceTimersByTimeAsync(30_000);
  expect(calls("overview a")).toBe(3);
});

test("the page looks for more after ever longer pauses, and reads it when there is some", async () => {
  await answer("runs", readUpTo(312));
  await answer("overview a", overviewReply("a", [{ tag: "w" }]));
  await vi.advanceTimersByTimeAsync(2_100);
  expect(calls("runs")).toBe(2);
  await answer("runs", readUpTo(312)); // nothing new
  expect(calls("overview a")).toBe(1);
  await vi.advanceTimersByTimeAsync(4_100);
  expect(calls("runs")).toBe(3);
  await answer("runs", readUpTo(500));
  expect(calls("overview a")).toBe(2);
  await answer("runs", readUpTo(500));
  await answer("overview a", overviewReply("a", [{ tag: "w" }]));
  const done = calls("runs");
  await vi.advanceTimersByTimeAsync(9_900); // a training that goes on is not asked for at each step
  expect(calls("runs")).toBe(done);
  await vi.advanceTimersByTimeAsync(200);
  expect(calls("runs")).toBe(done + 1);
});

test("where nothing comes the pauses grow to half a minute, and no further", async () => {
  await answer("runs", readUpTo(500));
  await answer("overview a", overviewReply("a", [{ tag: "w" }]));
  for (const seconds of [2, 4, 8, 16, 30, 30, 30]) {
    const before = calls("runs");
    await vi.advanceTimersByTimeAsync(1_000 * seconds - 100);
    expect(calls("runs")).toBe(before);
    await vi.advanceTimersByTimeAsync(200);
    expect(calls("runs")).toBe(before + 1);
    await answer("runs", readUpTo(500));
  }
  expect(calls("overview a")).toBe(1);
});

test("an empty logdir is looked at for its first run in any case, and from then on as chosen", async () => {
  store.following.value = false;
  await answer("runs", { ...runsReply(), nothing: "No event files yet." });
  await vi.advanceTimersByTimeAsync(4_100);
  expect(calls("runs")).toBe(2);
  await answer("runs", readUpTo(312));
  await answer("overview a", overviewReply("a", [{ tag: "w" }]));
  expect(store.rows.value).toHaveLength(1);
  const asked = calls("runs");
  await answer("runs", readUpTo(312));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(calls("runs")).toBe(asked);
});

test("nothing is asked for while nobody sees the page", async () => {
  await answer("runs", readUpTo(312));
  host.visible = false;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(calls("runs")).toBe(1);
  host.visible = true;
  await vi.advanceTimersByTimeAsync(2_100);
  expect(calls("runs")).toBe(2);
});

test("a long overview tells how far it is, from the first part on, also before any tensor is there", async () => {
  const part = (measured: number) => ({
    ...overviewReply("a", [{ tag: "w" }]),
    ...{ measured, of: 5000, complete: false },
  });
  await answer("runs", runsReply("a"));
  expect(store.overview.value.progress).toBeNull();
  server.call("overview a").show(part(0));
  expect(store.overview.value).toMatchObject({ data: null, progress: { measured: 0, of: 5000 } });
  server.call("overview a").show(part(1200));
  expect(store.overview.value.progress).toMatchObject({ measured: 1200, of: 5000 });
  expect(store.rows.value).toHaveLength(1);
  await answer("overview a", overviewReply("a", [{ tag: "w" }]));
  expect(store.overview.value.progress).toBeNull();
});

test("a newer overview tells how far it is beside all of the one before", async () => {
  const whole = overviewReply("a", [{ tag: "w" }]);
  await answer("runs", runsReply("a"));
  await answer("overview a", whole);
  host.reload();
  expect(store.overview.value.progress).toBeNull();
  server.call("overview a").show({ ...whole, measured: 7, of: 50, complete: false });
  expect(store.overview.value.progress).toMatchObject({ measured: 7, of: 50 });
  expect(store.overview.value.data?.complete).toBe(true);
});

test("a data server that was started again lists nothing at first, and then what it had", async () => {
  await answer("runs", runsReply("a"));
  await answer("overview a", overviewReply("a", [{ tag: "w" }]));
  host.reload();
  await answer("runs", runsReply());
  await fail("overview a", "refused");
  expect(store.notice.value).not.toBeNull();
  await vi.advanceTimersByTimeAsync(5_100);
  await answer("runs", runsReply("a"));
  await answer("runs", runsReply("a"));
  await answer("overview a", overviewReply("a", [{ tag: "w" }]));
  expect(store.notice.value).toBeNull();
});

test("that a run was measured meanwhile is no news", async () => {
  await answer("runs", readUpTo(400));
  await answer("overview a", overviewReply("a", [{ tag: "w" }]));
  const before = calls("overview a");
  await vi.advanceTimersByTimeAsync(2_100);
  const [first, ...others] = readUpTo(400).runs;
  if (!first) throw new Error("no run");
  const measured = { ...first, state: "moving" as const, median_movement: 0.01 };
  await answer("runs", { ...readUpTo(400), runs: [measured, ...others] });
  expect(calls("overview a")).toBe(before);
});

test("nothing is looked for while the page is told not to follow", async () => {
  await answer("runs", readUpTo(100));
  await answer("overview a", overviewReply("a", [{ tag: "w" }]));
  store.setFollowing(false);
  const before = calls("runs");
  await vi.advanceTimersByTimeAsync(120_000);
  expect(calls("runs")).toBe(before);
  store.setFollowing(true);
  await vi.advanceTimersByTimeAsync(31_000);
  expect(calls("runs")).toBe(before + 1);
});

test("a tensor that breaks or stops while somebody looks on is announced, and only then", async () => {
  const overview = (...verdicts: ("moved" | "non_finite")[]) =>
    overviewReply(
      "a",
      verdicts.map((verdict, i) => ({ tag: `w${i}`, verdict })),
    );
  await answer("runs", readUpTo(100));
  await answer("overview a", overview("moved", "non_finite"));
  expect(store.told.value).toBeNull();
  host.reload();
  await answer("runs", readUpTo(200));
  await answer("overview a", overview("non_finite", "non_finite"));
  expect(store.told.value).toBe("w0 turned NaN or infinite.");
  store.told.value = null;
  store.setBaseline("previous");
  await answer("overview a", overview("moved", "moved"));
  expect(store.told.value).toBeNull();
});

/** An overview of tensors of which somebody looks on. */
const became = (tensor: Omit<Tensor, "tag">, ...others: Tensor[]) =>
  overviewReply("a", [{ tag: "w", ...tensor }, ...others]);
const STOPPED = { flags: { stopped: "It moved, but its last 3 histograms are identical." } };

/** What is announced as one overview follows the other. */
async function announced(...overviews: OverviewReply[]): Promise<(string | null)[]> {
  const told: (string | null)[] = [];
  await answer("runs", readUpTo(0));
  for (const [i, overview] of overviews.entries()) {
    if (i > 0) {
      host.reload();
      await answer("runs", readUpTo(100 * i));
    }
    store.told.value = null;
    await answer("overview a", overview);
    told.push(store.told.value);
  }
  return told;
}

test("a tensor that stops moving is announced, once, and never one that had stopped before", async () => {
  const before = { tag: "still", ...STOPPED };
  const [moving, stopped] = [became({}, before), became(STOPPED, before)];
  expect(await announced(moving, stopped, stopped)).toEqual([null, "w stopped.", null]);
});

test("of many that stop at once one is named and the others are counted", async () => {
  const both = ["w1", "w2"].map((tag) => ({ tag }));
  const stopped = both.map((each) => ({ ...each, ...STOPPED }));
  const told = await announced(became({}, ...both), became(STOPPED, ...stopped));
  expect(told).toEqual([null, "w stopped, and 2 more tensors changed so."]);
});

test("what stops though nobody trains it is no news", async () => {
  const role = "activation" as const;
  expect(await announced(became({ role }), became({ role, ...STOPPED }))).toEqual([null, null]);
});

test("what exploded is announced again when it turns NaN", async () => {
  const [exploded, nan] = [became({ verdict: "exploding" }), became({ verdict: "non_finite" })];
  expect(await announced(became({}), exploded, nan, nan)).toEqual([
    null,
    "w exploded.",
    "w turned NaN or infinite.",
    null,
  ]);
});

test("whether the page follows is remembered by the browser", async () => {
  expect(store.following.value).toBe(true);
  store.setFollowing(false);
  store.dispose();
  server = fakeServer();
  store = createStore(server.api, host);
  expect(store.following.value).toBe(false);
  await answer("runs", readUpTo(100));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(calls("runs")).toBe(1);
  store.setFollowing(true);
  store.dispose();
  store = createStore(server.api, host);
  expect(store.following.value).toBe(true);
});

describe("steps that come while somebody looks on", () => {
  /** One look further: the tensor at these steps. */
  async function read(steps: number[]): Promise<void> {
    await answer("runs", readUpTo(steps.at(-1) ?? 0));
    await answer("overview a", overviewReply("a", [{ tag: "w", steps }, { tag: "w2" }]));
    await answer("series a w", seriesReply("a", "w", { steps }));
  }

  async function readMore(): Promise<void> {
    await vi.advanceTimersByTimeAsync(2_100);
    await answer("runs", readUpTo(500));
    await read([0, 100, 200, 300, 400, 500]);
    expect(store.seriesData.value?.steps.at(-1)).toBe(500);
  }

  test("leave the chosen step, zoom, tensor and order as they are", async () => {
    await read([0, 100, 200, 300]);
    store.pinStep(200);
    store.zoomTo(100, 300);
    store.sortBy("tag");
    await readMore();
    expect(store.tag.value).toBe("w");
    expect(store.chosenStep.value).toBe(200);
    expect(store.zoom.value).toEqual([100, 300]);
    expect(store.sort.value).toEqual({ column: "tag", descending: false });
  });

  test("are followed by whoever chose none: the last one is shown", async () => {
    await read([0, 100, 200, 300]);
    expect(store.chosenStep.value).toBe(300);
    await readMore();
    expect(store.chosenStep.value).toBe(500);
    expect(store.zoom.value).toBeNull();
  });
});

test("what was chosen just before never writes over an address that was edited", async () => {
  store.show("heatmap");
  host.link = { run: "a", view: "cards" }; // its event is on the way
  await vi.advanceTimersByTimeAsync(1_000);
  expect(host.link).toMatchObject({ view: "cards" });
  expect(store.view.value).toBe("cards");
  store.show("map");
  host.link = {}; // by TensorBoard
  await vi.advanceTimersByTimeAsync(1_000);
  expect(host.link).toMatchObject({ run: "a", view: "map" });
});
