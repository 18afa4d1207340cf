import type { Basis, MaybeNumber, MaybeScaleKind, SeriesReply } from "../api/replies";
import { OWN_UNIT, scaleName } from "../words/labels";
import { formatNumber, formatRange, formatRelative, formatRelativeRange } from "../words/numbers";

/** A movement in the tensor's own unit, with what is known for certain about it. */
export interface Bounded {
  basis: Basis;
  movement: MaybeNumber;
  movementLower: MaybeNumber;
  movementUpper: MaybeNumber;
  /** What makes it relative; null where only the tensor's own unit exists. */
  scale: MaybeNumber;
}

/** One step of a series. */
export function boundedAt(series: SeriesReply, i: number): Bounded {
  const movement = series.movement[i] ?? null;
  return {
    basis: basisOf(movement, series.resolution[i] ?? null),
    movement,
    movementLower: series.movement_lower[i] ?? null,
    movementUpper: series.movement_upper[i] ?? null,
    scale: scaleName(series.scale_kind) === null ? null : series.scale,
  };
}

/** What histograms tell of a movement: below their resolution its bounds alone. */
export function basisOf(movement: MaybeNumber, resolution: MaybeNumber): Basis {
  return movement !== null && 0 < movement && movement < (resolution ?? 0) ? "bounds" : "histogram";
}

/** Whether the buckets are too wide to tell the movement from interpolation error. */
export function isUnresolved({ basis }: Pick<Bounded, "basis">): boolean {
  return basis === "bounds";
}

/** The bounds as a fraction of the scale; null where a bound or the scale does not exist. */
export function relativeBounds(bounded: Bounded): [lower: number, upper: number] | null {
  const { movementLower: lower, movementUpper: upper, scale } = bounded;
  if (lower === null || upper === null || scale === null || !(scale > 0)) return null;
  return [lower / scale, upper / scale];
}

/** `0.09–4.8 %`; in the tensor's own unit where there is no scale. */
export function boundsText(bounded: Bounded): string {
  const relative = relativeBounds(bounded);
  return relative
    ? formatRelativeRange(...relative)
    : formatRange(bounded.movementLower, bounded.movementUpper);
}

/** `0.093 % and 4.8 %`, to follow "between". */
export function betweenText(bounded: Bounded): string {
  const relative = relativeBounds(bounded);
  const [lower, upper] = relative
    ? relative.map(formatRelative)
    : [bounded.movementLower, bounded.movementUpper].map((bound) => formatNumber(bound, 2));
  return `${lower} and ${upper}`;
}

/** Why bounds stand where a number is expected. */
export function tooWide(bounded: Bounded, kind: MaybeScaleKind): string {
  const scale = scaleName(kind);
  const own = `${bounded.movementLower} and ${bounded.movementUpper} in ${OWN_UNIT}`;
  const of = scale === null ? "" : ` of ${scale} (${own})`;
  return `Its buckets are too wide to tell more: between ${betweenText(bounded)}${of}.`;
}
