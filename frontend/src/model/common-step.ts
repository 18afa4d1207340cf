// By itself because it is pure: the step at which several runs can be compared.
import { isNumber } from "../words/numbers";
import type { Row } from "./rows";

/** Steps this close, as a part of what was trained by then, count as one: logs keep samples. */
const NEAR = 0.05;

/**
 * The last step at which each of the rows has a histogram beyond its first, or one shortly before;
 * null where there is none.
 */
export function commonStep(rows: readonly Row[]): number | null {
  const all = rows.map(keptOf);
  const start = Math.max(...all.map(({ first }) => first));
  for (let until = Number.POSITIVE_INFINITY; ; ) {
    const kept = all.map((one) => lastKept(one, until));
    if (rows.length === 0 || kept.some(({ known }, i) => !(known > (all[i]?.first ?? known))))
      return null;
    const steps = kept.map(({ about }) => about);
    const [least, most] = [Math.min(...steps), Math.max(...steps)];
    if (most - least <= NEAR * (least - start)) return Math.round(most);
    until = least;
  }
}

interface KeptSteps {
  first: number;
  /** Those that a row names, of all that were kept. */
  named: readonly number[];
  /** How many were kept for each that is named. */
  each: number;
}

function keptOf({ sparkline, keptSteps }: Row): KeptSteps {
  const named = sparkline.steps.filter(isNumber);
  const each = Math.max(1, ((keptSteps ?? 0) - 1) / (named.length - 1));
  return { first: named[0] ?? Number.POSITIVE_INFINITY, named, each };
}

/** The last step up to another one that is known to be kept, and about which one really is. */
function lastKept({ named, each }: KeptSteps, until: number): { known: number; about: number } {
  const at = named.findLastIndex((step) => step <= until);
  const [known, next] = [named[at] ?? Number.NaN, named[at + 1]];
  if (next === undefined || each === 1) return { known, about: known };
  return { known, about: Math.max(known, until - (next - known) / each) };
}

/** Whether a run goes on after a step. */
export function goesBeyond({ sparkline }: Row, step: number): boolean {
  return (sparkline.steps.at(-1) ?? step) > step;
}
