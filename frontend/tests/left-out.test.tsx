import { expect, test, vi } from "vitest";
import type { LeftOut, RunsReply } from "../src/api/replies";
import { histogramReply, overviewReply, runsReply, seriesReply } from "./fixtures";
import { mounted } from "./mounted";
import { SCALARS } from "./recorded";

const page = mounted();
const { part } = page;

const NEGATIVE = "a count is negative";
const UNREAD = "it cannot be read";

async function open(left_out: LeftOut[], runs: RunsReply = runsReply("a")): Promise<void> {
  page.open(
    {
      runs: async () => runs,
      overview: async () => ({ ...overviewReply("a", [{ tag: "w1" }]), left_out }),
      series: async (run, tag) => seriesReply(run, tag),
      histogram: async (run, tag, step) => histogramReply(run, tag, step),
      scalars: async (run) => ({ ...SCALARS, run }),
    },
    { run: "a" },
  );
  await vi.waitFor(() => expect(part("left-out")).toBeTruthy());
  part("left-out")?.click();
  await vi.waitFor(() => expect(part("left-out-list")).toBeTruthy());
}

const many = (count: number, reason: string): LeftOut[] =>
  Array.from({ length: count }, (_, n) => ({ tag: `t${n}`, step: 7, reason }));

/** What is listed under each reason. */
function listed(): Record<string, string[]> {
  const sections = [...(part("left-out-list")?.querySelectorAll("section") ?? [])];
  const lines = (section: Element) =>
    [...section.querySelectorAll("li")].map(({ textContent }) => textContent ?? "");
  return Object.fromEntries(
    sections.map((section) => [section.querySelector("h2")?.textContent ?? "", lines(section)]),
  );
}

const showAll = () =>
  [...(part("left-out-list")?.querySelectorAll("section > button") ?? [])] as HTMLElement[];

test("what was left out is listed under its reason, of each tensor the steps", async () => {
  await open([
    { tag: "w1", step: 100, reason: NEGATIVE },
    { tag: "w2", step: null, reason: UNREAD },
    { tag: "w1", step: 1300, reason: NEGATIVE },
    { tag: "w3", step: 200, reason: NEGATIVE },
    { step: null, reason: UNREAD },
  ]);
  expect(part("left-out")?.textContent).toBe("5 left out");
  expect(listed()).toEqual({
    [NEGATIVE]: ["w12 steps, 100 to 1,300", "w3step 200"],
    [UNREAD]: ["w2", "the run"],
  });
  expect(showAll()).toEqual([]);
});

test("of more than 200 tensors the first are listed, and all of that reason by a click", async () => {
  await open([...many(230, NEGATIVE), ...many(1234, UNREAD)]);
  const lengths = () => Object.values(listed()).map(({ length }) => length);
  expect(lengths()).toEqual([200, 200]);
  expect(showAll().map(({ textContent }) => textContent)).toEqual([
    "show all 230",
    "show all 1,234",
  ]);
  showAll()[1]?.click();
  await vi.waitFor(() => expect(lengths()).toEqual([200, 1234]));
  expect(listed()[UNREAD]?.at(-1)).toBe("t1233step 7");
  expect(showAll().map(({ textContent }) => textContent)).toEqual(["show all 230"]);
});

test("runs that were left out stand above, each with why", async () => {
  const dropped = { run: "b", reason: "its files are damaged" };
  await open([], { ...runsReply("a"), left_out: [dropped] });
  expect(part("left-out")?.textContent).toBe("1 left out");
  expect(part("dropped-run")?.textContent).toBe("Run b: its files are damaged.");
});
