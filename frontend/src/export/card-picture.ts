import { cardBands } from "../charts/card-plot";
import { areaPath, linePath } from "../charts/lines";
import { type Plot, plotOf, stepDomain } from "../charts/plot";
import { changeBands } from "../recorded";
import type { SeriesReply } from "../replies";
import { OWN_UNIT, STEP_LABEL, verdictWord } from "../words";
import { axesOf } from "./axes";
import type { Ink } from "./ink";
import { type Picture, shape } from "./shapes";
import { type Heading, type Key, pictureWith } from "./sheet";

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
