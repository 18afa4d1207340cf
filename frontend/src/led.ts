import type { MaybeNumber, MaybeScaleKind } from "./replies";
import type { Row } from "./rows";

/** How far the distribution of a tensor moved. */
export interface Floor {
  movement: MaybeNumber;
  movementLower: MaybeNumber;
  movementUpper: MaybeNumber;
  resolution: MaybeNumber;
  relativeMovement: MaybeNumber;
  scale: MaybeNumber;
  scaleKind: MaybeScaleKind;
}

/** Where exact records lead, theirs is the row's movement; the distribution's stays as its floor. */
export function led(row: Row): Row {
  const { exact, movement, movementLower, movementUpper, resolution, relativeMovement } = row;
  if (!exact?.leads) return row;
  return {
    ...row,
    movement: exact.mean_abs,
    movementLower: exact.mean_abs,
    movementUpper: exact.mean_abs,
    resolution: 0,
    relativeMovement: exact.relative_movement,
    scale: exact.scale,
    scaleKind: exact.scale_kind,
    floor: {
      movement,
      movementLower,
      movementUpper,
      resolution,
      relativeMovement,
      scale: row.scale,
      scaleKind: row.scaleKind,
    },
  };
}

/** The rows as they can be put side by side: with exact movement only where all of them have it. */
export function alike(rows: readonly (Row | null)[]): readonly (Row | null)[] {
  const there = rows.filter((row) => row !== null);
  if (there.every((row) => row.floor) || there.every((row) => !row.floor)) return rows;
  return rows.map((row) => (row?.floor ? { ...row, ...row.floor, floor: null } : row));
}
