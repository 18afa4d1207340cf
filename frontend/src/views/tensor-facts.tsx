import { boundedAt, boundsText, isUnresolved, tooWide } from "../bounds";
import {
  formatCount,
  formatNumber,
  formatRatio,
  formatRelative,
  formatShift,
  plural,
} from "../format";
import { readings } from "../readings";
import type { MaybeNumber, SeriesReply } from "../replies";
import type { Row } from "../rows";
import type { Store } from "../state";
import { firstWord, relativeUnit } from "../words";

interface FactLineProps {
  row: Row;
  series: SeriesReply | null;
}

export function FactLine({ row, series }: FactLineProps) {
  const facts = [
    row.role,
    row.elements === null ? null : plural(row.elements, "value"),
    stepsFact(row),
    scaleFact(row, series),
    baselineFact(row, series),
  ];
  return <p class="fact-line">{facts.filter(Boolean).join(" · ")}</p>;
}

function stepsFact({ keptSteps, firstStep, lastStep }: Row): string | null {
  if (keptSteps === null) return null;
  if (keptSteps < 2) return plural(keptSteps, "kept step");
  return `${formatCount(keptSteps)} kept steps, ${formatCount(firstStep)} to ${formatCount(lastStep)}`;
}

function scaleFact({ scale, scaleKind }: Row, series: SeriesReply | null): string | null {
  if (scaleKind === "std") return `initial spread ${formatNumber(scale)} (standard deviation)`;
  const [start] = series?.baseline_bands ?? [];
  if (scaleKind === "constant") return `every value started at ${formatNumber(start ?? scale)}`;
  if (scaleKind === "none") return "every value started at 0: no scale to compare with";
  return null;
}

function baselineFact(row: Row, series: SeriesReply | null): string | null {
  const step = row.baselineStep;
  if (step === null) return null;
  const other = series && series.baseline_run !== series.run ? ` of ${series.baseline_run}` : "";
  const sampled = row.flags.includes("baseline_sampled") ? `, ${firstWord(true)}` : "";
  return `baseline step ${formatCount(step)}${other}${sampled}`;
}

/** What follows from the last step, each reading with what it rests on. */
export function ReadingLine({ row }: { row: Row }) {
  const found = readings(row);
  if (found.length === 0) return null;
  return (
    <p class="fact-line" data-testid="readings">
      {found.map(({ text, hint }, i) => (
        <span key={text} title={hint}>
          {i > 0 && " · "}
          {text}
        </span>
      ))}
    </p>
  );
}

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
