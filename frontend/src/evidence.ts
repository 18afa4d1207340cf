import { boundsText, isUnresolved } from "./bounds";
import { formatCount, formatNumber, formatPercent } from "./format";
import type { Row } from "./rows";
import { relativeUnit } from "./words";

export interface Fact {
  name: string;
  shown: string;
  /** Every digit, for the pointer. */
  full?: string;
}

/** The rule that decided, and its two sides where it compares any. */
export function evidenceFacts(row: Row): Fact[] {
  const { rule, threshold, value } = row.evidence;
  const facts: Fact[] = [{ name: "rule", shown: rule }];
  if (threshold !== null)
    facts.push({ name: "threshold", shown: inRule(rule, threshold), full: String(threshold) });
  if (row.verdict === "unresolved") facts.push({ name: "value", shown: boundedValue(row) });
  else if (row.verdict === "non_finite" && value !== null)
    facts.push({ name: "value", shown: `step ${formatCount(value)}` });
  else if (value !== null)
    facts.push({ name: "value", shown: ruleValue(row, value), full: String(value) });
  return facts;
}

/** A relative movement is a fraction in the rule and a percentage everywhere else. */
function inRule(rule: string, number: number): string {
  const text = formatNumber(number);
  return rule.startsWith("relative") ? `${text} = ${formatPercent(number)}` : text;
}

function ruleValue(row: Row, value: number): string {
  const { rule } = row.evidence;
  if (rule.startsWith("relative") && isUnresolved(row)) return `within ${boundsText(row)}`;
  return inRule(rule, value);
}

/** No estimate below the resolution: only where it lies. */
function boundedValue(row: Row): string {
  const { movementLower, movementUpper } = row;
  const unit = relativeUnit(row.scaleKind)?.replace("% ", " ") ?? "";
  const own = `${formatNumber(movementLower, 2)} to ${formatNumber(movementUpper, 2)}`;
  return row.scale === null ? `within ${own}` : `within ${own}, ${boundsText(row)}${unit}`;
}
