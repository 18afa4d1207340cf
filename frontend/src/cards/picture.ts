import { effect } from "@preact/signals";
import type { SeriesReply } from "../api/replies";
import { areaPath, linePath } from "../charts/lines";
import { type ChartFile, savePicture } from "../charts/picture";
import { type Plot, plotOf, stepDomain } from "../charts/plot";
import {
  axesOf,
  type Heading,
  type Ink,
  inkOf,
  type Key,
  type Picture,
  pictureWith,
  shape,
} from "../charts/sheet";
import { fileOf } from "../host/files";
import { changeBands } from "../model/series";
import type { Claim } from "../store/loading";
import type { Store } from "../store/store";
import { OWN_UNIT, STEP_LABEL, verdictWord } from "../words/labels";
import { cardBands } from "./plot";

/** Saves the card of one tensor; tells what was saved. */
export async function saveCard(store: Store, tag: string, format: ChartFile): Promise<string> {
  const claim = store.claimSeries(store.run.peek() ?? "", tag);
  const series = await arrived(claim).finally(claim.release);
  const picture = cardPicture(series, inkOf());
  return `Saved as ${await savePicture(picture, fileOf(series, "card"), format)}.`;
}

/** The series of a claim, when it has been read. */
function arrived({ snapshot }: Claim): Promise<SeriesReply> {
  return new Promise((resolve, reject) => {
    let stop: (() => void) | null = null;
    const settle = (act: () => void) => {
      act();
      queueMicrotask(() => stop?.());
    };
    stop = effect(() => {
      const { data, error } = snapshot.value;
      if (data) settle(() => resolve(data));
      else if (error) settle(() => reject(error));
    });
  });
}

const WIDTH = 560;
const HEIGHT = 280;

/** What a card draws, large enough for a page: each quantile minus its own at the baseline. */
export function cardPicture(series: SeriesReply, ink: Ink): Picture {
  const { steps } = series;
  const bands = changeBands(series);
  const { pairs, median, yDomain } = cardBands(series);
  const plot = plotOf({ width: WIDTH, height: HEIGHT, xDomain: stepDomain(steps), steps, yDomain });
  const element = shape(
    "g",
    {},
    ...axesOf(plot, STEP_LABEL, `change since ${sinceText(series)}, in ${OWN_UNIT}`, ink),
    ...pairs.map(({ lower, upper, depth }) =>
      shape("path", {
        d: areaPath(plot, steps, bands[lower] ?? [], bands[upper] ?? []),
        fill: ink.band,
        "fill-opacity": ink.bands[depth] ?? 1,
      }),
    ),
    zeroLine(plot, ink),
    shape("path", { d: linePath(plot, steps, median), ...medianStyle(ink) }),
  );
  return pictureWith(headingOf(series, ink), WIDTH, { element, height: HEIGHT }, ink);
}

function sinceText({ baseline, baseline_step }: SeriesReply): string {
  return baseline === "first" ? `step ${baseline_step ?? "?"}` : `the baseline (${baseline})`;
}

function zeroLine({ left, right, y }: Plot, ink: Ink): Element {
  return shape("path", {
    d: `M${left},${y(0)}H${right}`,
    stroke: ink.ghost,
    "stroke-dasharray": "3 3",
    "stroke-opacity": 0.7,
  });
}

const medianStyle = (ink: Ink) => ({
  fill: "none",
  stroke: ink.median,
  "stroke-width": 2,
  "stroke-linejoin": "round",
});

function headingOf(series: SeriesReply, ink: Ink): Heading {
  const { pairs, leftOut } = cardBands(series);
  // Bands lie over one another: each looks as dense as all that are drawn below it.
  let clear = 1;
  const bands = pairs.map(({ name, depth }): Key => {
    clear *= 1 - Number(ink.bands[depth] ?? 0);
    const fill = { fill: ink.band, "fill-opacity": Number((1 - clear).toFixed(3)) };
    return { name, mark: shape("rect", { width: 14, height: 10, ...fill }) };
  });
  const notes = [`Change of each quantile · run ${series.run} · ${verdictWord(series.verdict)}`];
  if (leftOut.length > 0)
    notes.push(
      `Without ${leftOut.join(", ")}: they changed so much more that they flatten the rest.`,
    );
  const median = { name: "median", mark: shape("path", { d: "M0,5H14", ...medianStyle(ink) }) };
  return {
    title: series.tag,
    notes: [...notes, series.sentence],
    keys: [...bands, median],
  };
}
