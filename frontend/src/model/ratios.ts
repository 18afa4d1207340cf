import type { MaybeNumber, Measure } from "../api/replies";
import { shownName } from "../words/names";
import { formatNumber, formatPercent } from "../words/numbers";
import { isUnresolved, relativeBounds } from "./bounds";
import { MEASURE_WORDS } from "./measures";
import { measured, type Row } from "./rows";

/** The measure of a tensor in one run, as a multiple of the same in another. */
export type Ratio =
  | { kind: "times"; times: number }
  /** Its size is not resolved, but the bounds lie apart: so many times as far, or more; or less. */
  | { kind: "beyond"; times: number }
  /** The bounds overlap: neither is known to have moved further. */
  | { kind: "unclear" }
  | { kind: "only" }
  | { kind: "neither" }
  | { kind: "unknown" };

/** Within this factor two movements are called equal. */
const SAME = 1.05;
/** Up to here two digits would be too few to tell it from 1. */
const NEAR = 1.15;

interface Moved {
  movement: number;
  lower: number;
  upper: number;
}

export function ratioOf(row: Row | null, reference: Row | null): Ratio {
  const measure = row?.sparkline.measure;
  // While another measure is on its way, one run may be ahead of the other.
  if (!row || !reference || measure !== reference.sparkline.measure) return { kind: "unknown" };
  if (measure === "movement") return movementRatio(row, reference);
  return plainRatio(measured(row), measured(reference));
}

function plainRatio(own: MaybeNumber, other: MaybeNumber): Ratio {
  if (own === null || other === null) return { kind: "unknown" };
  if (other === 0) return { kind: own === 0 ? "neither" : "only" };
  return { kind: "times", times: own / other };
}

/** Relative movements are compared where both have one of the same kind, else absolute ones. */
function movementRatio(row: Row, reference: Row): Ratio {
  const relative =
    row.relativeMovement !== null &&
    reference.relativeMovement !== null &&
    row.scaleKind === reference.scaleKind;
  const [own, other] = [moved(row, relative), moved(reference, relative)];
  if (!own || !other) return { kind: "unknown" };
  if (other.movement === 0 || (!isUnresolved(row) && !isUnresolved(reference)))
    return plainRatio(own.movement, other.movement);
  if (own.lower > other.upper && other.upper > 0)
    return { kind: "beyond", times: own.lower / other.upper };
  if (own.upper < other.lower) return { kind: "beyond", times: own.upper / other.lower };
  return { kind: "unclear" };
}

function moved(row: Row, relative: boolean): Moved | null {
  if (row.movement === null) return null;
  const bounds = relative ? relativeBounds(row) : [row.movementLower, row.movementUpper];
  const movement = relative ? row.relativeMovement : row.movement;
  const known = isUnresolved(row) ? bounds : [movement, movement];
  const [lower = null, upper = null] = known ?? [];
  if (movement === null || lower === null || upper === null) return null;
  return { movement, lower, upper };
}

/** In a cell, beside the measure, as short as it can be: `0.2 ×`, `3.2 ×`. */
export function ratioText(ratio: Ratio, measure: Measure): string {
  if (ratio.kind === "only") return "only here";
  if (ratio.kind === "neither") return "neither";
  if (ratio.kind === "unclear") return "unclear";
  if (ratio.kind === "unknown") return "";
  const { times } = ratio;
  const text = `${formatNumber(times, isNear(times) ? 3 : 2)} ×`;
  if (ratio.kind === "beyond") return `${times < 1 ? "< " : "> "}${text}`;
  return isSame(times) ? (isDistance(measure) ? "as far" : "the same") : text;
}

/** `it moved 20 % as far as in run B`, `its norm is 20 % of that in run B`. */
export function ratioPhrase(ratio: Ratio, run: string, measure: Measure): string {
  const reference = shownName(run);
  if (ratio.kind === "unknown") return `it cannot be compared with ${reference}`;
  if (!isDistance(measure)) return sizePhrase(ratio, reference, measure);
  const moved = measure === "movement" ? "it moved" : "its single weights moved";
  if (ratio.kind === "only") return `${moved}, and did not move in ${reference}`;
  if (ratio.kind === "neither") return `it did not move, nor did it in ${reference}`;
  if (ratio.kind === "unclear")
    return `it moved too little for its buckets to tell it from ${reference}`;
  const { times } = ratio;
  const bound = ratio.kind === "beyond" ? (times < 1 ? "at most " : "at least ") : "";
  const part = bound === "" && isSame(times) ? "" : `${bound}${partText(times)} `;
  return `${moved} ${part}as far as in ${reference}`;
}

/** Of a measure without bounds that is no distance. */
function sizePhrase(ratio: Ratio, reference: string, measure: Measure): string {
  const name = `its ${MEASURE_WORDS[measure].name.toLowerCase()}`;
  if (!("times" in ratio)) {
    const own = ratio.kind === "neither" ? "0" : "not 0";
    return `${name} is ${own}, and in ${reference} it is 0`;
  }
  if (isSame(ratio.times)) return `${name} is the same as in ${reference}`;
  return `${name} is ${partText(ratio.times)}${ratio.times < 1 ? " of" : ""} that in ${reference}`;
}

const isDistance = (measure: Measure) => measure === "movement" || measure === "estimate";
const isNear = (times: number) => times < NEAR && times > 1 / NEAR;
const isSame = (times: number) => times < SAME && times > 1 / SAME;

/** What is less in per cent, what is more in times; a half in a word. */
function partText(times: number): string {
  if (times < 0.5 * SAME && times > 0.5 / SAME) return "half";
  if (times < 1) return formatPercent(times);
  return `${formatNumber(times, isNear(times) ? 3 : 2)} times`;
}

/** What a column of ratios is ordered by; null comes last. */
export function ratioRank(ratio: Ratio): number | null {
  if (ratio.kind === "times" || ratio.kind === "beyond") return ratio.times;
  return ratio.kind === "only" ? Number.POSITIVE_INFINITY : null;
}
