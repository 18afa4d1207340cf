import { boundedAt, boundsText, isUnresolved, tooWide } from "../bounds";
import { formatCount, formatNumber, formatRatio, formatRelative, formatShift } from "../format";
import type { MaybeNumber, SeriesReply } from "../replies";
import type { Store } from "../state";
import { relativeUnit } from "../words";

type StepFact = [name: string, shown: string, full: MaybeNumber, hint: string];

function movementFact(series: SeriesReply, i: number): StepFact {
  const unit = relativeUnit(series.scale_kind);
  const bounded = boundedAt(series, i);
  const name = unit === null ? "movement" : `movement, ${unit.replace("% of initial", "of")}`;
  if (isUnresolved(bounded)) return [name, boundsText(bounded), null, tooWide(bounded, unit)];
  const value = (unit === null ? series.movement : series.relative_movement)[i] ?? null;
  const shown = unit === null ? formatNumber(value) : formatRelative(value);
  return [
    name,
    shown,
    value,
    "How far the distribution is from the baseline's (Wasserstein-1 distance)",
  ];
}

interface StepFactsProps {
  store: Store;
  series: SeriesReply;
}

/** The numbers of one step: the one under the pointer, else the histogram's. */
export function StepFacts({ store, series }: StepFactsProps) {
  const step = store.hoverStep.value ?? store.chosenStep.value;
  const i = Math.max(0, step === null ? -1 : series.steps.indexOf(step));
  const at = (values: readonly MaybeNumber[]) => values[i] ?? null;
  const facts: StepFact[] = [
    movementFact(series, i),
    [
      "median",
      formatShift(at(series.median_shift)),
      at(series.median_shift),
      "Median minus the baseline's",
    ],
    [
      "smallest",
      formatShift(at(series.min_shift)),
      at(series.min_shift),
      "Smallest value minus the baseline's",
    ],
    [
      "largest",
      formatShift(at(series.max_shift)),
      at(series.max_shift),
      "Largest value minus the baseline's",
    ],
    [
      "spread",
      formatRatio(at(series.spread_ratio)),
      at(series.spread_ratio),
      "Interquartile range over the baseline's",
    ],
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
