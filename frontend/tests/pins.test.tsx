import { describe, expect, test, vi } from "vitest";
import { MOST_PINS } from "../src/store/choice";
import type { Store } from "../src/store/store";
import { histogramReply, overviewReply, runsReply, seriesReply } from "./fixtures";
import { mounted } from "./mounted";
import { SCALARS } from "./recorded";

const page = mounted();
const { part } = page;

/** The page on runs of which the first has all tensors, and the second the last one alone. */
async function open(link: Record<string, string>, tags = ["w1", "w2", "w3"]): Promise<Store> {
  const tensorsOf = (run: string) => (run === "a" ? tags : tags.slice(-1));
  const store = page.open(
    {
      runs: async () => runsReply("a", "b"),
      overview: async (run) =>
        overviewReply(
          run,
          tensorsOf(run).map((tag) => ({ tag })),
        ),
      series: async (run, tag) => seriesReply(run, tag, { shift: tag === "w2" ? 0.1 : 0.001 }),
      histogram: async (run, tag, step) => histogramReply(run, tag, step),
      scalars: async (run) => ({ ...SCALARS, run }),
    },
    { run: "a", ...link },
  );
  await vi.waitFor(() => expect(part("chart-movement")).toBeTruthy());
  return store;
}

const lines = () =>
  [...page.root.querySelectorAll<HTMLElement>("[data-testid=chart-pinned] [data-name]")].map(
    ({ dataset, className }) => [dataset.name, String(className)],
  );
const names = () => lines().map(([name]) => name);
const row = (tag: string) => page.root.querySelector<HTMLElement>(`tr[data-tag=${tag}]`);

describe("a pinned tensor", () => {
  test("has its line beside that of the tensor chosen next, until it is unpinned", async () => {
    const store = await open({ tag: "w1" });
    expect(part("chart-pinned")).toBeNull();
    part("pin")?.click();
    await vi.waitFor(() => expect(part("pin")?.getAttribute("aria-pressed")).toBe("true"));
    expect(part("chart-pinned")).toBeNull(); // alone it has the chart of its movement
    store.selectTag("w2");
    await vi.waitFor(() => expect(names()).toEqual(["w1", "w2"]));
    expect(part("pin")?.getAttribute("aria-pressed")).toBe("false");
    expect(row("w1")?.getAttribute("aria-description")).toBe("pinned");
    expect(row("w2")?.getAttribute("aria-description")).toBeNull();
    expect(part("chart-pinned")?.textContent).toContain("Movement of 2 tensors");
    page.root.querySelector<HTMLElement>("[aria-label='Unpin w1']")?.click();
    await vi.waitFor(() => expect(part("chart-pinned")).toBeNull());
  });

  test("is pinned by a click with Ctrl or Command in the table, which chooses no other", async () => {
    const store = await open({ tag: "w1" });
    const click = (tag: string, keys: MouseEventInit) =>
      row(tag)?.dispatchEvent(new MouseEvent("click", { bubbles: true, ...keys }));
    click("w2", { ctrlKey: true });
    click("w3", { metaKey: true });
    await vi.waitFor(() => expect(names()).toEqual(["w2", "w3", "w1"]));
    expect(store.tag.value).toBe("w1");
    click("w2", { ctrlKey: true });
    await vi.waitFor(() => expect(names()).toEqual(["w3", "w1"]));
  });

  test("is in the link, and waits where a run does not have it", async () => {
    const store = await open({ tag: "w3", pins: "w1,w2" });
    await vi.waitFor(() => expect(names()).toEqual(["w1", "w2", "w3"]));
    store.chooseRun("b");
    await vi.waitFor(() => expect(part("detail")?.dataset.tag).toBe("w3"));
    await vi.waitFor(() => expect(part("chart-pinned")).toBeNull());
    store.chooseRun("a");
    await vi.waitFor(() => expect(names()).toEqual(["w1", "w2", "w3"]));
  });

  test("keeps its colour when another tensor is chosen, and no two share one", async () => {
    const store = await open({ tag: "w3", pins: "w1,w2" });
    await vi.waitFor(() => expect(names()).toHaveLength(3));
    expect(new Set(lines().map(([, look]) => look)).size).toBe(3);
    const before = lines().slice(0, 2);
    store.selectTag("w1");
    await vi.waitFor(() => expect(lines()).toEqual(before));
  });

  test("is told from others at the end of its line, however long their names are", async () => {
    const tags = [6, 0].flatMap((n) =>
      ["attn.c_attn", "attn.c_proj"].map((part) => `transformer.h.${n}.${part}.weight`),
    );
    await open({ tag: tags[0] ?? "", pins: tags.slice(1).join() }, tags);
    const ends = () =>
      [...page.root.querySelectorAll("[data-testid=chart-pinned] .end-label text")].map(
        ({ textContent }) => textContent,
      );
    await vi.waitFor(() => expect(ends()).toHaveLength(4));
    expect(new Set(ends()).size).toBe(4);
    expect(Math.max(...ends().map((text) => text?.length ?? 0))).toBeLessThan(20);
  });

  test("beyond those that can be told apart there is none", async () => {
    const tags = Array.from({ length: MOST_PINS + 2 }, (_, n) => `w${n}`);
    const store = await open({ tag: "w0" }, tags);
    for (const tag of tags) store.togglePin(tag);
    expect(store.pins.value.size).toBe(MOST_PINS);
    store.selectTag(tags.at(-1) ?? "");
    await vi.waitFor(() => expect((part("pin") as HTMLButtonElement | null)?.disabled).toBe(true));
    await vi.waitFor(() => expect(names()).toHaveLength(MOST_PINS + 1));
  });
});
