import type { SeriesReply } from "../api/replies";
import { isUnresolved } from "../model/bounds";
import { type Row, standInMovement } from "../model/rows";
import { firstWord } from "../words/baseline";
import { MARKS, OWN_UNIT, PARAMETERS, scaleName } from "../words/labels";
import { shownName } from "../words/names";
import { formatCount, formatNumber, formatPercent, formatRelative, plural } from "../words/numbers";

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
  const text = facts.filter(Boolean).join(" · ");
  return (
    <p class="fact-line cut" title={text}>
      {text}
    </p>
  );
}

function stepsFact({ keptSteps, firstStep, lastStep }: Row): string | null {
  if (keptSteps === null) return null;
  if (keptSteps < 2) return plural(keptSteps, "kept step");
  return `${formatCount(keptSteps)} kept steps, ${formatCount(firstStep)} to ${formatCount(lastStep)}`;
}

function scaleFact(row: Row, series: SeriesReply | null): string | null {
  const { scale, scaleKind } = row;
  if (scaleKind === "std") return `baseline spread ${formatNumber(scale)} (standard deviation)`;
  const [start] = series?.baseline_bands ?? [];
  if (scaleKind === "constant") return `every value started at ${formatNumber(start ?? scale)}`;
  if (scaleKind === "rms") return `initial size ${formatNumber(scale)} (root mean square)`;
  if (scaleKind === "none") {
    const beside = standInMovement(row);
    const against = beside
      ? `${formatRelative(beside.relative)} of ${beside.of}`
      : "no scale to compare with";
    return `every value started at 0: ${against}`;
  }
  return null;
}

function baselineFact(row: Row, series: SeriesReply | null): string | null {
  const step = row.baselineStep;
  if (step === null) return null;
  const run = series?.baseline_run ?? null;
  const other = run !== null && run !== series?.run ? ` of ${shownName(run)}` : "";
  const sampled = row.flags.includes("baseline_sampled") ? `, ${firstWord(true)}` : "";
  return `baseline step ${formatCount(step)}${other}${sampled}`;
}

/** What the mark before its movement says, where it has one. */
export function MarkLine({ row }: { row: Row }) {
  const said = row.sense && MARKS[row.sense];
  if (!said) return null;
  return (
    <p class="fact-line" data-testid="mark-line">{`${said.mark} ${said.word}: ${said.meaning}`}</p>
  );
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

interface Reading {
  text: string;
  hint: string;
}

/** What else the last step's histogram says, each with how far it can be trusted. */
export function readings(row: Row): Reading[] {
  const of = row.floor ? { ...row, ...row.floor } : row;
  const told = row.floor ? [updateRatio(row), direction(row)] : [leastMove(row)];
  const guess = row.floor ? null : impliedDrift(row);
  return [...told, shapeChange(of), guess].filter((each) => each !== null);
}

/** The familiar rule for a learning rate: about 1e-3. */
function updateRatio({ exact }: Row): Reading | null {
  const ratio = exact?.update_ratio ?? null;
  if (ratio === null) return null;
  return {
    text: `last update ${formatNumber(ratio, 2)} of the weights`,
    hint: `‖Δ‖/‖w‖ of one optimizer step, often near 0.001 where a network learns well: ${ratio}`,
  };
}

function direction({ exact }: Row): Reading | null {
  if (exact === null || exact.relative === null || exact.cosine === null) return null;
  return {
    text: `‖w − w₀‖ is ${formatRelative(exact.relative)} of ‖w₀‖, cosine ${formatNumber(exact.cosine, 4)}`,
    hint: `The length of all moves together, and of how much the direction is the same: ${exact.relative}, ${exact.cosine}`,
  };
}

function leastMove({ role, movementLower }: Row): Reading | null {
  if (!PARAMETERS.has(role) || !movementLower) return null;
  return {
    text: `values moved at least ${formatNumber(movementLower, 2)} on average`,
    hint: `However the values lie inside their buckets: ${movementLower} in ${OWN_UNIT}`,
  };
}

/** The rest of a movement is as uncertain below the resolution as the movement itself. */
function shapeChange(row: Row): Reading | null {
  const { shapeChange: change, scale } = row;
  if (!change || isUnresolved(row)) return null;
  const hint = `The movement that is left after matching median and spread: ${change}`;
  if (change < (row.resolution ?? 0)) return { text: "shape change below resolution", hint };
  const of = scaleName(row.scaleKind);
  const share = scale === null || !of ? "" : ` (${formatPercent(change / scale)} of ${of})`;
  return { text: `shape change ${formatNumber(change, 2)}${share}`, hint };
}

/** A guess, and called one: it needs values that do not all start as one, and moves of their own. */
function impliedDrift(row: Row): Reading | null {
  const { role, scaleKind, impliedDrift: drift } = row;
  if (!PARAMETERS.has(role) || scaleKind !== "std" || isUnresolved(row)) return null;
  if (!drift || drift < (row.resolution ?? 0)) return null;
  return {
    text: `if moves were independent of the weights: ${formatNumber(drift, 2)} rms, a guess`,
    hint: `The root of what was added to the variance, as if each value moved by chance: ${drift}`,
  };
}
