import { formatCount, formatNumber, formatRatio, formatRelative, formatShift } from "../format";
import type { MaybeNumber, SeriesReply } from "../replies";
import type { Row } from "../rows";
import type { Store } from "../state";
import { relativeUnit } from "../words";

interface FactLineProps {
  row: Row;
  series: SeriesReply | null;
}

export function FactLine({ row, series }: FactLineProps) {
  const facts = [
    row.role,
    row.elements === null ? null : `${formatCount(row.elements)} values`,
    stepsFact(row),
    scaleFact(row, series),
    baselineFact(row, series),
  ];
  return <p class="fact-line">{facts.filter(Boolean).join(" · ")}</p>;
}

function stepsFact({ keptSteps, firstStep, lastStep }: Row): string | null {
  if (keptSteps === null) return null;
  if (keptSteps < 2) return `${formatCount(keptSteps)} kept step`;
  return `${formatCount(keptSteps)} kept steps, ${formatCount(firstStep)} to ${formatCount(lastStep)}`;
}

function scaleFact({ scale, scaleKind }: Row, series: SeriesReply | null): string {
  if (scaleKind === "std") return `initial spread ${formatNumber(scale)} (standard deviation)`;
  const [start] = series?.baseline_bands ?? [];
  if (scaleKind === "constant") return `every value started at ${formatNumber(start ?? scale)}`;
  return "every value started at 0: no scale to compare with";
}

function baselineFact(row: Row, series: SeriesReply | null): string | null {
  const step = row.baselineStep;
  if (step === null) return null;
  const other = series && series.baseline_run !== series.run ? ` of ${series.baseline_run}` : "";
  return `baseline step ${formatCount(step)}${other}`;
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
  const unit = relativeUnit(series.scale_kind);
  const facts: [name: string, shown: string, full: MaybeNumber, hint: string][] = [
    [
      unit === null ? "movement" : `movement, ${unit.replace("% of initial", "of")}`,
      unit === null
        ? formatNumber(at(series.movement))
        : formatRelative(at(series.relative_movement)),
      unit === null ? at(series.movement) : at(series.relative_movement),
      "How far the distribution is from the baseline's (Wasserstein-1 distance)",
    ],
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
