import { beforeEach, expect, test, vi } from "vitest";
import { paintPixels } from "../src/charts/colours";
import { layOut } from "../src/map/layout";
import { mapOf } from "../src/model/layers";
import type { Store } from "../src/store/store";
import { histogramReply, overviewReply, runsReply, seriesReply } from "./fixtures";
import { mounted } from "./mounted";
import { SCALARS } from "./recorded";

// What makes the map of a large model quick to point at: its layout is found once, and painted once.
vi.mock("../src/map/layout", { spy: true });
vi.mock("../src/model/layers", { spy: true });
vi.mock("../src/charts/colours", { spy: true });

const page = mounted();
const { part } = page;
const TAGS = Array.from({ length: 400 }, (_, n) => `h.${Math.floor(n / 4)}.m${n % 4}.weight`);
let store: Store;

beforeEach(async () => {
  store = page.open(
    {
      runs: async () => runsReply("a"),
      overview: async () =>
        overviewReply(
          "a",
          TAGS.map((tag) => ({ tag })),
        ),
      series: async (run, tag) => seriesReply(run, tag),
      histogram: async (run, tag, step) => histogramReply(run, tag, step),
      scalars: async (run) => ({ ...SCALARS, run }),
    },
    { run: "a", view: "map", tag: TAGS[0] ?? "" },
  );
  await vi.waitFor(() => expect(part("map-canvas")).toBeTruthy(), { timeout: 10_000 });
  await vi.waitFor(() => expect(part("chart-histogram")?.querySelector("svg")).toBeTruthy());
});

/** The classes of what changes meanwhile, but for the age of what is shown. */
function watched(): { changed: Set<string>; end: () => void } {
  const changed = new Set<string>();
  const watch = new MutationObserver((changes) => {
    for (const { target } of changes) {
      const element = target instanceof Element ? target : target.parentElement;
      if (element?.isConnected && !element.closest("[data-testid=live]"))
        changed.add(element.closest("[class]")?.className ?? "");
    }
  });
  const all = { childList: true, attributes: true, characterData: true, subtree: true };
  watch.observe(page.root, all);
  return { changed, end: () => watch.disconnect() };
}

/** Until nothing changes any more. */
async function rest(): Promise<void> {
  const { changed, end } = watched();
  do {
    changed.clear();
    await new Promise((done) => setTimeout(done, 100));
  } while (changed.size > 0);
  end();
}

const costs = () => [layOut, mapOf, paintPixels].map((each) => vi.mocked(each).mock.calls.length);

/** Goes over all that can be seen of the map; gives the tensors that were read out. */
async function point(): Promise<Set<string>> {
  const read = new Set<string>();
  for (let y = 2; y < 300; y += 12)
    for (const x of [10, 100, 200]) {
      const at = { clientX: x, clientY: y, bubbles: true };
      part("tensor-map")?.dispatchEvent(new MouseEvent("pointermove", at));
      await Promise.resolve();
      read.add(store.cell.value?.tag ?? "");
    }
  return read;
}

test("pointing at the map lays nothing out and paints nothing again", async () => {
  await rest();
  const before = costs();
  expect(before.every((count) => count > 0)).toBe(true);
  expect((await point()).size).toBeGreaterThan(10);
  await rest();
  expect(costs()).toEqual(before);
});

test("pointing at the map changes its readout and the mark of its cell, and nothing else", async () => {
  await rest();
  const { changed, end } = watched();
  await point();
  await rest();
  end();
  // The mark comes into the cells.
  expect([...changed].sort()).toEqual(["map-cells", "map-mark cursor", "map-readout"]);
});
