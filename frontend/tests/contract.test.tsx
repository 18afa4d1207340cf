import { describe, expect, test, vi } from "vitest";
import { type Api, connectApi } from "../src/api/client";
import { EXACT_FIGURES, MEASURES, METRICS, type SeriesReply, STATES } from "../src/api/replies";
import { rowsOf } from "../src/model/rows";
import { THRESHOLDS } from "../src/store/choice";
import { ROLES, VERDICTS, verdictMeaning, verdictWord } from "../src/words/labels";
import { mounted } from "./mounted";
import {
  ERROR,
  HISTOGRAM,
  HISTOGRAM_UNLIKE,
  OVERVIEW,
  OVERVIEWS,
  RUNS,
  recordedSeries,
  SCALARS,
  SERIES,
  WORDS,
} from "./recorded";

describe("words", () => {
  test("the page lists the server's verdicts, roles, measures and figures, in its order", () => {
    expect(VERDICTS).toEqual(WORDS.verdicts);
    expect(ROLES).toEqual(WORDS.roles);
    expect(STATES).toEqual(WORDS.states);
    expect(METRICS).toEqual(WORDS.metrics);
    expect(MEASURES).toEqual(WORDS.measures);
    expect(EXACT_FIGURES).toEqual(WORDS.figures);
    expect(THRESHOLDS).toEqual(Object.keys(WORDS.thresholds));
  });

  test("each verdict has a word and a meaning", () => {
    for (const verdict of VERDICTS) {
      expect(verdictWord(verdict)).not.toContain("_");
      expect(verdictMeaning(verdict, WORDS.thresholds)).toMatch(/\.$/);
    }
  });
});

test.each(OVERVIEWS)("every tensor of an overview is a row that lacks nothing: %#", (overview) => {
  const rows = rowsOf(overview);
  expect(rows.map(({ tag }) => tag)).toEqual(overview.columns.tag);
  for (const row of rows) expect(Object.values(row)).not.toContain(undefined);
});

/** The server as it was recorded. */
function recordedApi(series: SeriesReply, histogram = HISTOGRAM): Api {
  return {
    runs: async () => RUNS,
    overview: async () => OVERVIEW,
    series: async () => series,
    histogram: async () => histogram,
    scalars: async () => SCALARS,
  };
}

const page = mounted();
const { part } = page;
const open = (api: Api, tag: string) => page.open(api, { run: "training", tag });

/** Enough for everything that is loaded lazily. */
const patience = { timeout: 10_000 };

test.each(SERIES.map((series) => [series.tag, series] as const))(
  "the page shows %s as the server tells it, and nothing undefined",
  async (tag, series) => {
    open(recordedApi(series), tag);
    await vi.waitFor(
      () => expect(part("chart-movement")?.querySelector("svg path")).toBeTruthy(),
      patience,
    );
    expect(part("headline")?.textContent).toContain(OVERVIEW.headline.sentence);
    const place = OVERVIEW.columns.tag.indexOf(tag);
    expect(part("detail")?.textContent).toContain(OVERVIEW.columns.sentence[place]);
    for (const flag of series.flags) expect(part(`flag-reason-${flag}`)).not.toBeNull();
    expect(page.root.textContent).not.toMatch(/undefined|\[object|(?<!first )NaN(?! or |, )/);
    expect(page.root.innerHTML).not.toMatch(/ (d|x\d?|y\d?|points|transform|width)="[^"]*NaN/);
  },
);

test("a step whose baseline's run lacks the tensor is drawn without a baseline, and says so", async () => {
  open(recordedApi(recordedSeries("recorded/kernel"), HISTOGRAM_UNLIKE), "recorded/kernel");
  await vi.waitFor(
    () => expect(part("chart-histogram")?.textContent).toContain("does not have this tensor"),
    patience,
  );
});

test("an error of the server is shown in its words", async () => {
  const refusing = async () => Response.json(ERROR, { status: 404 });
  const api = connectApi(new URL("http://localhost/data/"), refusing);
  const asked = api.series("training", "gone", new AbortController().signal);
  await expect(asked).rejects.toThrow(ERROR.error);
});
