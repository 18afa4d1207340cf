// Apart from facts.tsx because it comes with the charts, which the first screen does not wait for.
import type { MaybeNumber, SeriesReply } from "../api/replies";
import { boundedAt, boundsText, isUnresolved, tooWide } from "../model/bounds";
import { hasOnlyRecords, recordedAt } from "../model/series";
import type { Store } from "../store/store";
import { scaleName } from "../words/labels";
import {
  formatCount,
  formatNumber,
  formatRatio,
  formatRelative,
  formatShift,
} from "../words/numbers";

type StepFact = [name: string, shown: string, full: MaybeNumber, hint: string];

function movementFact(series: SeriesReply, i: number): StepFact {
  const scale = scaleName(series.scale_kind);
  const bounded = boundedAt(series, i);
  const what = series.exact ? "distribution" : "movement";
  const name = scale === null ? what : `${what}, of ${scale}`;
  if (isUnresolved(bounded))
    return [name, boundsText(bounded), null, tooWide(bounded, series.scale_kind)];
  const value = (scale === null ? series.movement : series.relative_movement)[i] ?? null;
  const shown = scale === null ? formatNumber(value) : formatRelative(value);
  return [
    name,
    shown,
    value,
    "How far the distribution is from the baseline's (Wasserstein-1 distance)",
  ];
}

/** How far the weights are from their initial values, where that was recorded at this step. */
function exactFacts(series: SeriesReply, i: number): StepFact[] {
  const mean = recordedAt(series, "mean_abs", series.steps[i]);
  if (mean === null || series.exact === null) return [];
  const { scale, scale_kind } = series.exact;
  const of = scaleName(scale_kind);
  const share = mean / (scale ?? Number.NaN);
  return [
    [
      of === null ? "weights" : `weights, of ${of}`,
      of === null ? formatNumber(mean) : formatRelative(share),
      of === null ? mean : share,
      "How far the weights are from their initial values, on average: recorded, exact",
    ],
  ];
}

/** Where the values started as one and were summed. */
function rmsFacts(series: SeriesReply, i: number): StepFact[] {
  const rms = series.rms[i] ?? null;
  const { scale } = boundedAt(series, i);
  if (rms === null) return [];
  const hint = "Root mean square of w − w₀, exact: from the sums that the writer logged";
  const name = scale === null ? "root mean square" : `RMS, of ${scaleName(series.scale_kind)}`;
  return [[name, scale === null ? formatNumber(rms) : formatRelative(rms / scale), rms, hint]];
}

function distributionFacts(series: SeriesReply, i: number): StepFact[] {
  const shift = (name: string, values: readonly MaybeNumber[], hint: string): StepFact => {
    const value = values[i] ?? null;
    return [name, formatShift(value), value, hint];
  };
  const spread = series.spread_ratio[i] ?? null;
  return [
    ...rmsFacts(series, i),
    movementFact(series, i),
    shift("median", series.median_shift, "Median minus the baseline's"),
    shift("smallest", series.min_shift, "Smallest value minus the baseline's"),
    shift("largest", series.max_shift, "Largest value minus the baseline's"),
    ["spread", formatRatio(spread), spread, "Standard deviation over the baseline's"],
  ];
}

interface StepFactsProps {
  store: Store;
  series: SeriesReply;
}

/** The numbers of one step: the one under the pointer, else the histogram's, else the last. */
export function StepFacts({ store, series }: StepFactsProps) {
  const step = store.hoverStep.value ?? store.chosenStep.value ?? Number.POSITIVE_INFINITY;
  const i = Math.max(
    0,
    series.steps.findLastIndex((kept) => kept <= step),
  );
  const facts = [
    ...exactFacts(series, i),
    ...(hasOnlyRecords(series) ? [] : distributionFacts(series, i)),
  ];
  return (
    <dl class="step-facts" data-testid="step-facts">
      <div>
        <dt>at step</dt>
        <dd>{formatCount(series.steps[i] ?? null)}</dd>
      </div>
      {facts.map(([name, shown, full, hint]) => (
        <div key={name} title={full === null ? hint : `${hint}: ${full}`}>
          <dt>{name}</dt>
          <dd>{shown}</dd>
        </div>
      ))}
    </dl>
  );
}
