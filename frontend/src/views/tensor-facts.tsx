import { formatCount, formatNumber, plural } from "../format";
import { readings } from "../readings";
import type { SeriesReply } from "../replies";
import type { Row } from "../rows";
import { firstWord } from "../words";

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
  if (scaleKind === "rms") return `initial size ${formatNumber(scale)} (root mean square)`;
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
