import { useRef, useState } from "preact/hooks";
import type { ExactRecord, MaybeNumber } from "../api/replies";
import { boundsText, isUnresolved } from "../model/bounds";
import type { Row } from "../model/rows";
import { Prose, VerdictIcon } from "../ui/marks";
import { useEscape } from "../ui/menu";
import { flagWord, scaleName, verdictWord } from "../words/labels";
import { formatCount, formatNumber, formatPercent, formatRelative } from "../words/numbers";

const PANEL = "evidence";

/** The verdict as a button; pressed, it tells below the header what it rests on. */
export function useEvidence(row: Row, meaning: string) {
  const [openFor, setOpenFor] = useState<string | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const open = openFor === row.tag;
  useEscape(open, () => {
    setOpenFor(null);
    button.current?.focus();
  });
  const chip = (
    <button
      ref={button}
      type="button"
      class={`verdict verdict-button verdict-${row.verdict}`}
      data-testid="verdict-button"
      aria-expanded={open}
      aria-controls={open ? PANEL : undefined}
      title={`${meaning} Press for what this rests on.`}
      onClick={() => setOpenFor(open ? null : row.tag)}
    >
      <VerdictIcon verdict={row.verdict} />
      <span>{verdictWord(row.verdict)}</span>
      <svg class="chevron" width="8" height="6" aria-hidden="true">
        <path d={open ? "M1 4.500l3-3 3 3" : "M1 1.500l3 3 3-3"} />
      </svg>
    </button>
  );
  return { chip, panel: open ? <Evidence row={row} meaning={meaning} /> : null };
}

function Evidence({ row, meaning }: { row: Row; meaning: string }) {
  return (
    <section id={PANEL} class="evidence" data-testid="evidence" aria-label="Evidence">
      <p>{meaning}</p>
      <dl>
        {evidenceFacts(row).map(({ name, shown, full }) => (
          <div key={name} title={full}>
            <dt>{name}</dt>
            <dd>{shown}</dd>
          </div>
        ))}
        {row.flags.map((flag) => (
          <div key={flag}>
            <dt>{flagWord(flag)}</dt>
            <dd>
              <Prose text={row.evidence.flags[flag] ?? ""} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

interface Fact {
  name: string;
  shown: string;
  /** Every digit, for the pointer. */
  full?: string;
}

/** The rule that decided, and its two sides where it compares any. */
export function evidenceFacts(row: Row): Fact[] {
  const { rule, threshold, value, unit } = row.evidence;
  const facts: Fact[] = [{ name: "rule", shown: rule }];
  if (threshold !== null)
    facts.push({ name: "threshold", shown: inRule(row, threshold), full: String(threshold) });
  if (row.verdict === "unresolved") facts.push({ name: "value", shown: boundedValue(row) });
  else if (unit === "step" && value !== null)
    facts.push({ name: "value", shown: `step ${formatCount(value)}` });
  else if (value !== null)
    facts.push({ name: "value", shown: ruleValue(row, value), full: String(value) });
  if (row.evidence.cause !== null) facts.push({ name: "cause", shown: row.evidence.cause });
  return row.exact ? [...facts, ...exactFacts(row.exact)] : facts;
}

/** What was recorded weight by weight at the last recorded step. */
function exactFacts(exact: ExactRecord): Fact[] {
  const fact = (name: string, value: MaybeNumber, shown = formatNumber(value)): Fact[] =>
    value === null ? [] : [{ name, shown, full: String(value) }];
  return [
    ...fact("exact records, at step", exact.step, formatCount(exact.step)),
    ...fact("mean |w − w₀|", exact.mean_abs),
    ...fact("rms", exact.rms),
    ...fact("largest", exact.max_abs),
    ...fact("‖w − w₀‖/‖w₀‖", exact.relative, formatRelative(exact.relative)),
    ...fact("cosine of w₀ and w", exact.cosine, formatNumber(exact.cosine, 5)),
    ...fact(
      "weights that changed",
      exact.fraction_changed,
      formatPercent(exact.fraction_changed ?? 0),
    ),
    ...fact("last update ‖Δ‖/‖w‖", exact.update_ratio),
  ];
}

/** A relative movement is a fraction in the rule and a percentage everywhere else. */
function inRule({ evidence }: Row, number: number): string {
  const text = formatNumber(number);
  return evidence.unit === "share" ? `${text} = ${formatPercent(number)}` : text;
}

function ruleValue(row: Row, value: number): string {
  const inBounds = row.evidence.unit === "share" && isUnresolved(row);
  return inBounds ? `within ${boundsText(row)}` : inRule(row, value);
}

/** No estimate below the resolution: only where it lies. */
function boundedValue(row: Row): string {
  const { movementLower, movementUpper } = row;
  const own = `${formatNumber(movementLower, 2)} to ${formatNumber(movementUpper, 2)}`;
  const of = scaleName(row.scaleKind);
  return of === null || row.scale === null
    ? `within ${own}`
    : `within ${own}, ${boundsText(row)} of ${of}`;
}
