/**
 * What the server said when it was last approved: pytest records it (`tests/test_contract.py`).
 * That its columns are those which the page knows is checked by tsc, here; its words by
 * `contract.test.ts`.
 */

import error from "../../tests/data/replies/error.json";
import histogramReply from "../../tests/data/replies/histogram.json";
import histogramUnlike from "../../tests/data/replies/histogram-unlike.json";
import overview from "../../tests/data/replies/overview.json";
import overviewOther from "../../tests/data/replies/overview-other.json";
import overviewUnlike from "../../tests/data/replies/overview-unlike.json";
import overviewUntil from "../../tests/data/replies/overview-until.json";
import runsReply from "../../tests/data/replies/runs.json";
import scalarsReply from "../../tests/data/replies/scalars.json";
import seriesAlone from "../../tests/data/replies/series-alone.json";
import seriesBeside from "../../tests/data/replies/series-beside.json";
import seriesBroken from "../../tests/data/replies/series-broken.json";
import seriesConstant from "../../tests/data/replies/series-constant.json";
import seriesRecorded from "../../tests/data/replies/series-recorded.json";
import seriesSmeared from "../../tests/data/replies/series-smeared.json";
import seriesSpread from "../../tests/data/replies/series-spread.json";
import seriesUnresolved from "../../tests/data/replies/series-unresolved.json";
import seriesZero from "../../tests/data/replies/series-zero.json";
import words from "../../tests/data/replies/words.json";
import type {
  Estimate,
  EstimateSteps,
  ExactRecord,
  ExactSteps,
  HistogramReply,
  OverviewColumns,
  OverviewReply,
  RunsReply,
  ScalarsReply,
  SeriesReply,
} from "../src/api/replies";

/** A type as JSON can tell it: a word is any text, and what a list never held is not known. */
type AsJson<T> = T extends string
  ? string
  : T extends readonly (infer E)[]
    ? AsJson<E>[]
    : T extends object
      ? { [K in keyof T]: AsJson<T[K]> | (string extends keyof T ? undefined : never) }
      : T;

/** Keys of a recorded reply that the page's type of it lacks. */
type Unknown<Told, Known> = Exclude<keyof Told, keyof Known>;

const nothing = <_Unknown extends never>() => {};
nothing<Unknown<typeof runsReply, RunsReply>>();
nothing<Unknown<(typeof runsReply.runs)[0], RunsReply["runs"][0]>>();
nothing<Unknown<typeof overview, OverviewReply>>();
nothing<Unknown<typeof scalarsReply, ScalarsReply>>();
nothing<Unknown<typeof overview.columns, OverviewColumns>>();
nothing<Unknown<NonNullable<(typeof overview.columns.exact)[0]>, ExactRecord>>();
nothing<Unknown<(typeof overview.columns.evidence)[0], OverviewColumns["evidence"][0]>>();
nothing<Unknown<(typeof overview.left_out)[0], OverviewReply["left_out"][0]>>();
nothing<Unknown<typeof seriesRecorded, SeriesReply>>();
nothing<Unknown<typeof seriesRecorded.exact, ExactSteps>>();
nothing<Unknown<typeof seriesSmeared.estimate, EstimateSteps>>();
nothing<Unknown<NonNullable<(typeof overview.columns.estimate)[0]>, Estimate>>();
nothing<Unknown<typeof histogramReply, HistogramReply>>();
nothing<Unknown<typeof histogramReply.baseline, NonNullable<HistogramReply["baseline"]>>>();

const known = <T>(reply: AsJson<T>): T => reply as T;

export const RUNS = known<RunsReply>(runsReply);
export const OVERVIEW = known<OverviewReply>(overview);
export const OVERVIEWS = [overview, overviewOther, overviewUnlike, overviewUntil].map((reply) =>
  known<OverviewReply>(reply),
);
export const SERIES = [
  seriesSpread,
  seriesConstant,
  seriesZero,
  seriesUnresolved,
  seriesBroken,
  seriesRecorded,
  seriesBeside,
  seriesSmeared,
  seriesAlone,
].map((reply) => known<SeriesReply>(reply));
export const HISTOGRAM = known<HistogramReply>(histogramReply);
export const HISTOGRAM_UNLIKE = known<HistogramReply>(histogramUnlike);
export const ERROR: { error: string } = error;
export const WORDS = words;

/** A series of the run ``training``, by its tag. */
export function recordedSeries(tag: string): SeriesReply {
  const found = SERIES.find((reply) => reply.tag === tag);
  if (!found) throw new Error(`No series ${tag} is recorded.`);
  return found;
}

export const SCALARS: ScalarsReply = scalarsReply;
