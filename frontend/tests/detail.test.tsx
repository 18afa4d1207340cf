import { describe, expect, test, vi } from "vitest";
import type { HistogramReply, SeriesReply } from "../src/api/replies";
import { histogramReply, overviewReply, runsReply, seriesReply } from "./fixtures";
import { mounted } from "./mounted";
import { SCALARS } from "./recorded";

const page = mounted();
const { part } = page;
const charts = () =>
  [...page.root.querySelectorAll<HTMLElement>("figure.chart")].map(({ dataset }) => dataset.testid);

/** The page on a tensor of which the server says this. */
async function open(
  series: Partial<SeriesReply>,
  histogram: Partial<HistogramReply> = {},
  link: Record<string, string> = {},
) {
  const api = {
    runs: async () => runsReply("r"),
    overview: async (run: string) => overviewReply(run, [{ tag: "w" }]),
    series: async (run: string, tag: string) => ({ ...seriesReply(run, tag), ...series }),
    histogram: async (run: string, tag: string, step: number) => ({
      ...histogramReply(run, tag, step),
      ...histogram,
    }),
    scalars: async (run: string) => ({ ...SCALARS, run }),
  };
  page.open(api, { run: "r", tag: "w", ...link });
  await vi.waitFor(() => expect(page.root.querySelector(".charted")).toBeTruthy());
  await vi.waitFor(() =>
    expect(page.root.querySelector(".charts:not([aria-hidden])")).toBeTruthy(),
  );
}

const EMPTY: Partial<SeriesReply> = {
  ...seriesReply("r", "w", { steps: [] }),
  shown: null,
  baseline_step: null,
};
const ALONE: Partial<SeriesReply> = { ...seriesReply("r", "w", { steps: [7] }), shown: null };

describe("where there is nothing to draw", () => {
  test("a baseline that another run does not have takes no fact along", async () => {
    await open({ ...ALONE, baseline_run: null });
    expect(page.root.textContent).toContain("baseline step 0");
    expect(page.root.querySelector("[data-testid=failed]")).toBeNull();
  });

  test("one sentence says why, and no empty chart stands there", async () => {
    const left_out = [{ step: 3, reason: "its counts hold NaN" }];
    await open({ ...EMPTY, left_out });
    expect(part("nothing-to-compare")?.textContent).toBe(
      "No histogram of w can be drawn: at step 3 its counts hold NaN.",
    );
    expect(charts()).toEqual([]);
    expect(part("step-facts")).toBeNull();
  });

  test("one step alone has its histogram, and says that movement needs two", async () => {
    await open(ALONE);
    expect(part("nothing-to-compare")?.textContent).toBe(
      "Only step 7 was kept: movement needs two.",
    );
    expect(charts()).toEqual(["chart-scalar", "chart-histogram"]);
  });

  test("a chart none of whose lines has a value says so", async () => {
    await open({ speed: [null, null, null], movement: [0, 1, 2] });
    part("more-charts")?.click();
    await vi.waitFor(() => expect(part("chart-speed")).toBeTruthy());
    const remark = (chart: string) => part(chart)?.querySelector(".chart-remark")?.textContent;
    expect(remark("chart-speed")).toBe("Nothing of it is known at the steps in sight.");
    expect(remark("chart-movement")).toBeUndefined();
    expect(remark("chart-scalar")).toBeUndefined();
  });
});

describe("charts that few ask for", () => {
  test("are there when asked for, and stay for whoever comes again", async () => {
    await open({});
    expect(charts()).not.toContain("chart-parts");
    part("more-charts")?.click();
    await vi.waitFor(() => expect(charts()).toContain("chart-parts"));
    expect(part("more-charts")?.getAttribute("aria-expanded")).toBe("true");
    await open({});
    await vi.waitFor(() => expect(charts()).toContain("chart-speed"));
    part("more-charts")?.click();
    await vi.waitFor(() => expect(charts()).not.toContain("chart-speed"));
  });
});

describe("a chart as a table", () => {
  test("shows a value below the resolution, and marks it", async () => {
    await open(seriesReply("r", "w", { resolution: 0.00075 }));
    await vi.waitFor(() => expect(part("chart-movement")).toBeTruthy());
    part("chart-movement")?.querySelector<HTMLElement>("[data-testid=chart-menu]")?.click();
    await vi.waitFor(() => expect(part("chart-as-table")).toBeTruthy());
    part("chart-as-table")?.click();
    await vi.waitFor(() => expect(part("chart-table")).toBeTruthy());
    const rows = [...page.root.querySelectorAll("[data-testid=chart-table] tbody tr")].map((row) =>
      [...row.children].slice(0, 3).map(({ textContent }) => textContent),
    );
    expect(rows).toEqual([
      ["0", "0 %", "0"],
      ["200", "0.50 %, below resolution", "0.0005, below resolution"],
      ["400", "1.0 %", "0.001"],
    ]);
  });
});

describe("the marks before a movement", () => {
  test("are explained beside the number, in the detail and in the head of the table", async () => {
    await open({});
    expect(page.root.querySelector("td .floor-mark")?.textContent).toBe("≥");
    expect(part("mark-line")?.textContent).toBe(
      "≥ at least: moves up and down cancel in a histogram",
    );
    expect(part("marks-said")?.textContent).toBe("≥ at least");
  });

  test("that no row shows are not explained", async () => {
    await open({}, {}, { measure: "speed" });
    expect(part("marks-said")?.textContent).toBe("");
  });
});

test("the question why it looks flat stands at the top, and leads to its answer at the end", async () => {
  await open({});
  const ask = part("ask-why-flat");
  const first = page.root.querySelector("figure.chart");
  expect(ask?.compareDocumentPosition(first as Node)).toBe(Node.DOCUMENT_POSITION_FOLLOWING);
  ask?.click();
  const answer = part("why-flat")?.querySelector("h3");
  expect(document.activeElement).toBe(answer);
  expect(answer?.textContent).toBe(ask?.textContent);
});

test("a tensor that does not look flat is not asked why it does", async () => {
  await open(seriesReply("r", "w", { shift: 0.05 }));
  expect(part("ask-why-flat")).toBeNull();
  expect(part("why-flat")).toBeNull();
});
