import { render } from "preact";
import { describe, expect, test, vi } from "vitest";
import { type Api, ApiError } from "../src/api/client";
import type { RunsReply } from "../src/api/replies";
import { SNIPPETS } from "../src/page/empty-state";
import { RunList } from "../src/runs/run-list";
import { MOST_RUNS, VIEWS } from "../src/store/choice";
import { createStore, type Store } from "../src/store/store";
import { fakeHost, histogramReply, overviewReply, runsReply, seriesReply } from "./fixtures";
import { mounted } from "./mounted";
import { RUNS, SCALARS } from "./recorded";

let store: Store;
const page = mounted();
const { part } = page;

/** A server with these tags in each of its runs. */
function apiOf(runs: RunsReply, tags: readonly string[]): Api {
  return {
    runs: async () => runs,
    overview: async (run) =>
      overviewReply(
        run,
        tags.map((tag) => ({ tag })),
      ),
    series: async (run, tag) => seriesReply(run, tag),
    histogram: async (run, tag, step) => histogramReply(run, tag, step),
    scalars: async (run) => ({ ...SCALARS, run, tags: ["l\noss", "x"], tag: "l\noss" }),
  };
}

function open(runs: RunsReply, tags: readonly string[], link: Record<string, string> = {}) {
  store = page.open(apiOf(runs, tags), link);
}

const drawn = () => vi.waitFor(() => expect(part("detail")?.querySelector("h2")).toBeTruthy());

/** All that is written or read aloud; titles give names as they are. */
function texts(): string[] {
  const all = [...page.root.querySelectorAll("*")];
  const spoken = all.map((element) => element.getAttribute("aria-label") ?? "");
  return [page.root.textContent ?? "", ...spoken];
}

const LISTS = {
  table: "tensor-table",
  map: "tensor-map",
  heatmap: "heat-readout",
  cards: "tensor-cards",
  runs: "runs-table",
};

describe("a name with characters that are not seen", () => {
  const RUN = "run\n\u202eone";
  const TAGS = ["layer\n1/w\u200b", "\u202ereversed/w", "", "layer2/b\u0007"];

  test.each(VIEWS)("is drawn with symbols in their place, everywhere: %s", async (view) => {
    const others = view === "runs" ? { with: encodeURIComponent("run\ttwo") } : {};
    const pins = encodeURIComponent(TAGS[3] ?? "");
    const link = { run: RUN, tag: TAGS[0] ?? "", pins, view, ...others };
    open(runsReply(RUN, "run\ttwo"), TAGS, { ...link, baseline: `run:${RUN}` });
    await drawn();
    await vi.waitFor(() => expect(part("chart-movement")).toBeTruthy(), { timeout: 10_000 });
    await vi.waitFor(() => expect(part(LISTS[view])).toBeTruthy(), { timeout: 10_000 });
    await vi.waitFor(() => expect(part("chart-pinned")).toBeTruthy());
    store.pointAt({ tag: TAGS[0] ?? "", step: 200 });
    store.hoverStep.value = 200;
    part("run-picker")?.click();
    part("baseline-picker")?.click();
    await vi.waitFor(() => expect(part("run-option")).toBeTruthy());
    const said = texts();
    expect(said.join("")).toContain("run␊⟨U+202E⟩one");
    expect(said.join("")).toContain("layer␊1/w⟨U+200B⟩");
    for (const text of said) expect(text).not.toMatch(/[\p{Cc}\u200b\u202e]/u);
  });

  test("keeps its whole name where it is copied or filtered from, and an empty one is called so", async () => {
    open(runsReply(RUN), TAGS, { run: RUN });
    await drawn();
    expect(
      [...page.root.querySelectorAll("tr[data-tag] .cell-tag")].map((cell) =>
        cell.getAttribute("title"),
      ),
    ).toEqual(expect.arrayContaining(TAGS));
    expect(part("run-picker")?.title).toBe(RUN);
    expect(page.root.querySelector(".unnamed")?.textContent).toBe("(no name)");
  });
});

describe("what cannot be shown", () => {
  test("leads back from a baseline that is not there", async () => {
    const api = apiOf(runsReply("a"), ["w"]);
    const refused = new ApiError("refused", "The run 'gone' is not in this logdir.");
    const overview: Api["overview"] = async (run, signal, asked) => {
      if (asked?.baseline === "run:gone") throw refused;
      return api.overview(run, signal, asked);
    };
    store = page.open({ ...api, overview }, { run: "a", baseline: "run:gone" });
    await vi.waitFor(() => expect(part("error-state")?.textContent).toContain(refused.message));
    part("back-to-first")?.click();
    await drawn();
    expect(store.baseline.value).toBe("first");
  });
});

describe("many runs side by side", () => {
  test("are not all told of in sentences", async () => {
    const names = Array.from({ length: 12 }, (_, n) => `run${n}`);
    const [run = "", ...others] = names;
    open(runsReply(...names), ["w"], { run, with: others.join() });
    const told = () => part("run-sentences")?.textContent ?? "";
    await vi.waitFor(() => expect(told().split("as far").length - 1).toBe(4));
    expect(told()).toContain("The view of runs tells of 7 more.");
    expect(page.root.querySelectorAll(".picker-keys svg").length).toBeLessThan(6);
    for (const other of others.slice(5)) store.toggleRun(other);
    await vi.waitFor(() => expect(told().split("as far").length - 1).toBe(5));
    expect(told()).not.toContain("more");
  });
});

describe("the list of runs", () => {
  const NAMES = ["exp,lr=0.1,bs=8", "exp,lr=0.01,bs=8", "exp,lr=1,bs=8"];
  const boxes = () => [
    ...page.root.querySelectorAll<HTMLInputElement>("[data-testid=run-compare]"),
  ];
  const ticked = () => boxes().map(({ checked }) => checked);
  const listed = async (...names: string[]) => {
    open(runsReply(...names), ["w"], { run: names[0] ?? "", view: "runs" });
    await vi.waitFor(() => expect(boxes()).toHaveLength(names.length), { timeout: 10_000 });
  };

  test("its boxes are ticked for the runs that are shown: the last one stays", async () => {
    await listed(...NAMES);
    boxes()[0]?.click();
    expect(ticked()).toEqual([true, false, false]);
    expect(store.chosenRuns.value).toEqual([NAMES[0]]);
    boxes()[1]?.click();
    boxes()[0]?.click();
    await vi.waitFor(() => expect(ticked()).toEqual([false, true, false]));
    expect(store.run.value).toBe(NAMES[1]);
  });

  test("ticks no box of a run beyond those that can be told apart", async () => {
    expect(MOST_RUNS).toBe(20);
    const names = Array.from({ length: MOST_RUNS + 1 }, (_, n) => `run${n}`);
    await listed(...names);
    for (const box of boxes()) if (!box.checked) box.click();
    expect(ticked()).toEqual(names.map((_, n) => n < MOST_RUNS));
    expect(store.chosenRuns.value).toHaveLength(MOST_RUNS);
  });

  test("shows the run whose row is clicked, whose name says nothing that columns say", async () => {
    await listed(...NAMES);
    const row = page.root.querySelectorAll<HTMLElement>("[data-testid=all-runs] tbody tr")[2];
    expect(row?.textContent).not.toContain("exp");
    expect(row?.querySelector("button")?.getAttribute("aria-label")).toBe(NAMES[2]);
    expect(part("shared-by-runs")?.textContent).toBe("In all names: exp, bs=8");
    row?.querySelector("button")?.click();
    const current = () => [...page.root.querySelectorAll("tr:has([aria-current=true])")];
    await vi.waitFor(() => expect(current()).toEqual([row]));
    expect(part("run-picker")?.textContent).toContain("lr=1");
    expect(part("run-picker")?.textContent).not.toContain("exp");
  });

  test("compares what the filter leaves beside the run that leads, where that are several", async () => {
    await listed("a/lr=1", "b/lr=2", "b/lr=3");
    const filter = async (text: string) => {
      const field = part("runs-filter") as HTMLInputElement;
      field.value = text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      const few = () => page.root.querySelectorAll("[data-testid=all-runs] tbody tr").length;
      await vi.waitFor(() =>
        expect(few()).toBe(
          store.runs.value.data?.runs.filter(({ run }) => run.includes(text)).length,
        ),
      );
      return part("compare-all")?.textContent ?? null;
    };
    expect(await filter("")).toBe("Compare these 3 runs");
    expect(await filter("lr=2")).toBe("Compare these 2 runs");
    expect(await filter("nothing")).toBeNull();
    expect(await filter("a/")).toBeNull();
    await filter("lr=3");
    part("compare-all")?.click();
    expect(store.chosenRuns.value).toEqual(["a/lr=1", "b/lr=3"]);
  });

  test("says so where there is nothing to compare, instead of a number", async () => {
    const api = apiOf(runsReply("a", "b"), ["w"]);
    const refused = new ApiError("refused", "The run 'gone' is not in this logdir.");
    store = createStore(
      { ...api, overview: async () => Promise.reject(refused) },
      fakeHost({ run: "a", view: "runs", baseline: "run:gone" }),
    );
    render(<RunList store={store} />, page.root);
    await vi.waitFor(() => expect(page.root.textContent).toContain("nothing to compare"));
    expect(page.root.querySelector("tbody tr")?.getAttribute("title")).toBe(refused.message);
  });

  test("takes an expression that came by a link and could take long as plain text", async () => {
    open(runsReply("a", "b"), ["w"], { run: "a", view: "runs", runs: "(a|b)+" });
    await vi.waitFor(() => expect(part("all-runs")).not.toBeNull());
    expect(page.root.querySelector(".run-list-bar")?.textContent).toContain("came by a link");
    expect(page.root.querySelectorAll("[data-testid=all-runs] tbody tr")).toHaveLength(0);
  });

  test("is filtered by state, too", async () => {
    await listed("a", "b");
    await vi.waitFor(() => expect(page.root.querySelectorAll(".skeleton")).toHaveLength(0));
    const field = part("runs-filter") as HTMLInputElement;
    const rows = () => page.root.querySelectorAll("[data-testid=all-runs] tbody tr").length;
    for (const [text, left] of [
      ["broke", 2],
      ["still", 0],
    ] as const) {
      field.value = text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      await vi.waitFor(() => expect(rows()).toBe(left));
    }
  });

  test("takes a hyper-parameter that is called like a column of its own for another one", async () => {
    await listed("state=2", "state=1");
    part("sort-runs-param-state")?.click();
    await vi.waitFor(() =>
      expect(page.root.querySelector("tbody tr")?.getAttribute("data-run")).toBe("state=1"),
    );
  });
});

describe("the table", () => {
  test("goes to its top in a new order, not to the row that is selected", async () => {
    open(
      runsReply("a"),
      Array.from({ length: 200 }, (_, n) => `w${n}`),
      { run: "a" },
    );
    await drawn();
    const scroller = page.root.querySelector<HTMLElement>(".table-scroller");
    scroller?.scrollTo({ top: 900 });
    store.selectTag("w40");
    await vi.waitFor(() => expect(part("detail")?.dataset.tag).toBe("w40"));
    expect(scroller?.scrollTop).toBeGreaterThan(0);
    part("sort-tag")?.click();
    await vi.waitFor(() => expect(scroller?.scrollTop).toBe(0));
  });
});

describe("the scale of colours", () => {
  test.each(["map", "heatmap"])(
    "is the measure's own also where no tensor is in sight: %s",
    async (view) => {
      const none = { filter: "none of them", measure: "update_ratio" };
      open(runsReply("a"), ["w"], { run: "a", view, ...none });
      await vi.waitFor(() => expect(part("update-band")).toBeTruthy(), { timeout: 10_000 });
      // From 1e-4 to 1e-2 of a scale from 1e-6 to 1e-1.
      const { left = "", width = "" } = part("update-band")?.style ?? {};
      expect([left, width].map(parseFloat)).toEqual([40, 40].map((each) => expect.closeTo(each)));
    },
  );
});

describe("the divider", () => {
  const press = (key: string) =>
    part("divider")?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  const now = () => Number(part("divider")?.getAttribute("aria-valuenow"));

  test("goes to its limits by Home and End, and back by a double click", async () => {
    open(runsReply("a"), ["w"], { run: "a" });
    await drawn();
    const usual = now();
    const [least, most] = ["min", "max"].map((end) =>
      Number(part("divider")?.getAttribute(`aria-value${end}`)),
    );
    press("Home");
    await vi.waitFor(() => expect(now()).toBe(least));
    press("End");
    await vi.waitFor(() => expect(now()).toBe(most));
    part("divider")?.dispatchEvent(new MouseEvent("dblclick", { bubbles: true }));
    await vi.waitFor(() => expect(now()).toBe(usual));
    expect(part("divider")?.getAttribute("role")).toBe("separator");
  });

  test("that is dragged beyond the left end stays at its limit", async () => {
    open(runsReply("a"), ["w"], { run: "a" });
    await drawn();
    store.setListShare(-0.1);
    await vi.waitFor(() => expect(now()).toBe(25));
  });
});

describe("the empty page", () => {
  const nothing = "3 runs with scalars, none with histograms. Log them.";

  test("says what there is instead, and has code to copy for each framework", async () => {
    const copied = vi.fn(async (_text: string) => {});
    vi.stubGlobal("navigator", { clipboard: { writeText: copied } });
    open({ ...RUNS, runs: [], nothing }, []);
    await vi.waitFor(() => expect(part("empty-state")?.textContent).toContain(nothing));
    expect(part("empty-state")?.textContent).toContain("tb_plugin_weightdelta.recording.torch");
    for (const { name, code } of SNIPPETS) {
      part(`copy-${name.toLowerCase()}`)?.click();
      await vi.waitFor(() => expect(copied).toHaveBeenLastCalledWith(code));
    }
    vi.unstubAllGlobals();
  });

  test("shows loops that log before the first step, and then every so many", () => {
    for (const { code } of SNIPPETS.filter(({ code }) => code.includes("log_histograms"))) {
      const [before = "", loop = ""] = code.split("for step,");
      expect(before).toMatch(/def log_histograms\(step\)[\s\S]*\nlog_histograms\(0\)/);
      expect(loop).toMatch(/log_histograms\(step\)/);
    }
  });
});
