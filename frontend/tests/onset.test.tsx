import { describe, expect, test, vi } from "vitest";
import type { HeadlineReply, Onset, State } from "../src/api/replies";
import { eventsOf, hitsOf } from "../src/model/onset";
import type { Store } from "../src/store/store";
import { histogramReply, overviewReply, runsReply, seriesReply } from "./fixtures";
import { mounted } from "./mounted";
import { SCALARS } from "./recorded";

/** Of tensors that were hit in this order. */
function headline(
  state: State,
  ...hits: [tag: string, what: Onset["what"], step: number][]
): HeadlineReply {
  const order = hits.map(([tag, what, step]) => ({ tag, what, step, last_good_step: 100 }));
  const [onset = null] = order.map((first) => ({ ...first, order }));
  const { headline } = overviewReply("a", []);
  return { ...headline, state, onset, subject: onset && { tag: onset.tag, step: onset.step } };
}

const BROKE = headline(
  "broke",
  ["w1", "exploding", 200],
  ["w2", "exploding", 300],
  ["w3", "non_finite", 300],
  ["w4", "stopped", 150],
  ["w5", "unchanged", 0],
);
const STOPPED = headline(
  "moving",
  ["w2", "stopped", 200],
  ["w3", "stopped", 300],
  ["w1", "stopped", 400],
);

describe("what happened to a run", () => {
  test("that broke is what broke it, each from its first step on, behind the last good one", () => {
    expect(eventsOf(BROKE)).toEqual([
      { what: "last_good", step: 100, tags: [] },
      { what: "exploding", step: 200, tags: ["w1", "w2"] },
      { what: "non_finite", step: 300, tags: ["w3"] },
    ]);
  });

  test("that broke from the start on has no last good step", () => {
    const { onset } = BROKE;
    const events = eventsOf({ ...BROKE, onset: onset && { ...onset, last_good_step: null } });
    expect(events.map(({ what }) => what)).toEqual(["exploding", "non_finite"]);
  });

  test("that stopped is the first step from which a tensor stood still, and no last good one", () => {
    expect(eventsOf(STOPPED)).toEqual([{ what: "stopped", step: 200, tags: ["w2", "w3", "w1"] }]);
  });

  test("in which nothing ever moved, or nothing went wrong, is nothing", () => {
    expect(eventsOf(headline("still", ["w1", "unchanged", 0]))).toEqual([]);
    expect(eventsOf(headline("moving"))).toEqual([]);
  });

  test("is listed tensor by tensor in the order in which they were hit, of what is told alone", () => {
    const listed = (of: HeadlineReply) => hitsOf(of, eventsOf(of)).map(({ tag }) => tag);
    expect(listed(BROKE)).toEqual(["w1", "w2", "w3"]);
    expect(listed(STOPPED)).toEqual(["w2", "w3", "w1"]);
  });
});

describe("the strip of a run that stopped", () => {
  const page = mounted();
  const { part } = page;
  const TAGS = ["w1", "w2", "w3", "moving"];

  async function open(link: Record<string, string> = {}): Promise<Store> {
    const overview = overviewReply(
      "a",
      TAGS.map((tag) => ({ tag })),
    );
    const store = page.open(
      {
        runs: async () => runsReply("a"),
        overview: async () => ({ ...overview, headline: STOPPED }),
        series: async (run, tag) => seriesReply(run, tag),
        histogram: async (run, tag, step) => histogramReply(run, tag, step),
        scalars: async (run) => ({ ...SCALARS, run }),
      },
      { run: "a", ...link },
    );
    await vi.waitFor(() => expect(part("strip")).toBeTruthy());
    await vi.waitFor(() => expect(store.seriesData.value).toBeTruthy());
    return store;
  }

  test("names the last step at which a tensor moved, how many stopped, and where that lies", async () => {
    await open();
    expect(part("event-stopped")?.textContent).toBe("stopped 200(3)");
    expect(part("event-last_good")).toBeNull();
    const dots = [...page.root.querySelectorAll(".strip-line circle")];
    // Of 400 steps half-way.
    expect(dots.map((dot) => [dot.getAttribute("class"), dot.getAttribute("cx")])).toEqual([
      ["event-stopped", "50%"],
    ]);
  });

  test("a click shows that step, and the first that stopped unless one of them is shown", async () => {
    const store = await open({ tag: "moving", filter: "moving" });
    part("event-stopped")?.click();
    await vi.waitFor(() => expect(part("detail")?.dataset.tag).toBe("w2"));
    expect(store.filter.value).toBe("");
    await vi.waitFor(() => expect(store.chosenStep.value).toBe(200));
    expect(part("event-stopped")?.getAttribute("aria-pressed")).toBe("true");
    store.selectTag("w1");
    store.pinStep(400);
    await vi.waitFor(() =>
      expect(part("event-stopped")?.getAttribute("aria-pressed")).toBe("false"),
    );
    part("event-stopped")?.click();
    await vi.waitFor(() => expect(store.chosenStep.value).toBe(200));
    expect(store.tag.value).toBe("w1");
  });

  test("lists the tensors in the order in which they stopped; each leads to itself at its step", async () => {
    const store = await open({ tag: "moving" });
    part("strip-order")?.click();
    const listed = () => [...(part("strip-list")?.querySelectorAll("li") ?? [])];
    await vi.waitFor(() => expect(listed()).toHaveLength(3));
    expect(listed().map(({ textContent }) => textContent)).toEqual([
      "200 stoppedw2",
      "300 stoppedw3",
      "400 stoppedw1",
    ]);
    listed()[2]?.querySelector("button")?.click();
    await vi.waitFor(() => expect(part("detail")?.dataset.tag).toBe("w1"));
    expect(store.step.value).toBe(400);
    expect(part("strip-list")).toBeNull();
  });
});
