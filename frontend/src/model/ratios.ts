import { shownName } from "../words/names";
import { formatNumber, formatPercent } from "../words/numbers";
import { isUnresolved, relativeBounds } from "./bounds";
import type { Row } from "./rows";

/** How far a tensor moved in one run, as a multiple of how far it moved in another. */
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

/** Relative movements are compared where both have one of the same kind, else absolute ones. */
export function ratioOf(row: Row | null, reference: Row | null): Ratio {
  const relative =
    row?.relativeMovement != null &&
    reference?.relativeMovement != null &&
    row.scaleKind === reference.scaleKind;
  const [own, other] = [moved(row, relative), moved(reference, relative)];
  if (!row || !reference || !own || !other) return { kind: "unknown" };
  if (other.movement === 0) return { kind: own.movement === 0 ? "neither" : "only" };
  if (!isUnresolved(row) && !isUnresolved(reference))
    return { kind: "times", times: own.movement / other.movement };
  if (own.lower > other.upper && other.upper > 0)
    return { kind: "beyond", times: own.lower / other.upper };
  if (own.upper < other.lower) return { kind: "beyond", times: own.upper / other.lower };
  return { kind: "unclear" };
}

function moved(row: Row | null, relative: boolean): Moved | null {
  if (row === null || row.movement === null) return null;
  const bounds = relative ? relativeBounds(row) : [row.movementLower, row.movementUpper];
  const movement = relative ? row.relativeMovement : row.movement;
  const known = isUnresolved(row) ? bounds : [movement, movement];
  const [lower = null, upper = null] = known ?? [];
  if (movement === null || lower === null || upper === null) return null;
  return { movement, lower, upper };
}

/** In a cell, beside the movement, as short as it can be: `0.2×`, `3.2×`. */
export function ratioText(ratio: Ratio): string {
  if (ratio.kind === "only") return "only here";
  if (ratio.kind === "neither") return "neither";
  if (ratio.kind === "unclear") return "unclear";
  if (ratio.kind === "unknown") return "";
  const { times } = ratio;
  const text = `${formatNumber(times, isNear(times) ? 3 : 2)}×`;
  if (ratio.kind === "beyond") return `${times < 1 ? "< " : "> "}${text}`;
  return isSame(times) ? "as far" : text;
}

/** `moved 20 % as far as in run B`, to follow the run's name. */
export function ratioPhrase(ratio: Ratio, run: string): string {
  const reference = shownName(run);
  if (ratio.kind === "only") return `moved, and did not move in ${reference}`;
  if (ratio.kind === "neither") return `did not move, nor did it in ${reference}`;
  if (ratio.kind === "unclear")
    return `moved too little for its buckets to tell it from ${reference}`;
  if (ratio.kind === "unknown") return `cannot be compared with ${reference}`;
  const { times } = ratio;
  const part = `${partText(times)} as far as in ${reference}`;
  if (ratio.kind === "beyond") return `moved ${times < 1 ? "at most" : "at least"} ${part}`;
  return isSame(times) ? `moved as far as in ${reference}` : `moved ${part}`;
}

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
