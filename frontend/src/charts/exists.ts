import type { MaybeNumber } from "../replies";

/** Whether there is a number to draw. */
export function exists(value: MaybeNumber | undefined): value is number {
  return value !== null && value !== undefined && Number.isFinite(value);
}
