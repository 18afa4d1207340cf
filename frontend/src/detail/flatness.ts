// By itself because it is pure: its sentences are tested without a page.
import type { SeriesReply } from "../api/replies";
import { boundedAt, isUnresolved } from "../model/bounds";
import { showsRecords } from "../model/series";
import { scaleName } from "../words/labels";
import { formatCount, formatNumber, formatPercent, isNumber } from "../words/numbers";

/** About the height of a chart of the Distributions tab. */
const CHART_PIXELS = 200;
/** A movement of fewer pixels than this is not seen. */
const SEEN_PIXELS = 4;
const EXAMPLE_MOVE = 0.1;

/**
 * Why the Distributions tab shows this tensor as flat stripes, in words with its own numbers; null
 * when it moved enough to be seen there.
 */
export function whyFlat(series: SeriesReply): string[] | null {
  const last = series.movement.findLastIndex(isNumber);
  const bounded = boundedAt(series, last);
  const { movement } = bounded;
  const range = axisRange(series);
  if (movement === null || range === null || series.steps.length < 2) return null;
  if (series.verdict === "unchanged") return [frozen(series), ...stillWeights(series)];
  const unresolved = isUnresolved(bounded);
  const farthest = unresolved ? (bounded.movementUpper ?? movement) : movement;
  const share = farthest / (range[1] - range[0]);
  const pixels = share * CHART_PIXELS;
  if (!(pixels < SEEN_PIXELS)) return null;
  return [
    tooSmallToSee(range, unresolved ? "by at most " : "by ", farthest, share, pixels),
    ...(showsRecords(series) ? cancelled(series, movement) : cancelling(series)),
  ];
}

/** The certainty that histograms alone cannot give. */
function stillWeights(series: SeriesReply): string[] {
  const { exact } = series;
  if (!exact || !showsRecords(series)) return [];
  return [
    `And the exact records say so of each weight: none changed at any of ${formatCount(exact.steps.length)} steps.`,
  ];
}

/** How much of the true movement cancelled, with the recorded numbers. */
function cancelled({ exact }: SeriesReply, movement: number): string[] {
  const mean = exact?.mean_abs.findLast(isNumber) ?? 0;
  if (!(mean > movement)) return [];
  const of = scaleName(exact?.scale_kind ?? null);
  const share = exact?.scale && of ? ` (${formatPercent(mean / exact.scale)} of ${of})` : "";
  return [
    `And moves up and down cancel in a distribution: weight by weight the values moved ${formatNumber(mean, 2)}${share} on average, ` +
      `and the distribution shows ${formatPercent(movement / mean)} of that. So flat stripes do not mean that nothing was learned.`,
  ];
}

/** All values of all kept steps: what an axis must hold. */
function axisRange({ bands }: SeriesReply): [number, number] | null {
  const lowest = Math.min(...(bands[0] ?? []).filter(isNumber));
  const highest = Math.max(...(bands.at(-1) ?? []).filter(isNumber));
  return lowest < highest ? [lowest, highest] : null;
}

function frozen({ baseline_step }: SeriesReply): string {
  return (
    `Because it is flat: every kept histogram is identical to that of step ${formatCount(baseline_step)}, smallest and ` +
    "largest value included. Only values that trade places or a few that move inside their buckets would leave no trace, so this tensor is almost certainly frozen."
  );
}

function tooSmallToSee(
  [low, high]: [number, number],
  by: string,
  movement: number,
  share: number,
  pixels: number,
): string {
  return (
    `The Distributions tab needs an axis from ${formatNumber(low)} to ${formatNumber(high)} to hold all values. ` +
    `The distribution moved ${by}${formatNumber(movement, 2)}, which is ${formatPercent(share)} of that axis: ` +
    `${formatNumber(pixels, 2)} pixels of a chart ${CHART_PIXELS} pixels high.`
  );
}

/** Independent moves s on a spread S widen it to √(S² + s²) only. */
function cancelling({ scale, scale_kind }: SeriesReply): string[] {
  if (scale_kind !== "std" || scale === null || scale <= 0) return [];
  const widening = Math.sqrt(1 + EXAMPLE_MOVE ** 2) - 1;
  return [
    `And moves up and down cancel in a distribution: had every value moved at random by ${formatNumber(EXAMPLE_MOVE * scale, 2)} ` +
      `(${formatPercent(EXAMPLE_MOVE)} of the spread), the spread would only have grown from ${formatNumber(scale)} ` +
      `to ${formatNumber(scale * (1 + widening), 4)}, by ${formatPercent(widening)}. So flat stripes do not mean that nothing was learned.`,
  ];
}
