import type { Store } from "../state";

const LEAP = 10;

const PLACES: Record<string, number> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  PageUp: -LEAP,
  PageDown: LEAP,
  Home: -Infinity,
  End: Infinity,
};

/** As in a map: closer, further away, everything. */
const ZOOMS: Record<string, number> = { "+": 0.5, "=": 0.5, "-": 2, _: 2, "0": Infinity };

type Cursor = Pick<Store, "moveCursor" | "pinStep" | "zoomBy" | "hoverStep">;

/** What a key does in a chart over steps; whether the cross-hair is read from there. */
export function stepKeys(event: KeyboardEvent, store: Cursor, steps: readonly number[]): boolean {
  if (event.altKey || event.ctrlKey || event.metaKey) return false;
  const places = PLACES[event.key];
  const zoom = ZOOMS[event.key];
  if (places !== undefined) store.moveCursor(places, steps);
  else if (zoom !== undefined) store.zoomBy(zoom);
  else if (event.key === "Enter" || event.key === " ") store.pinStep(store.hoverStep.peek());
  else if (event.key === "Escape") store.hoverStep.value = null;
  else return false;
  if (event.key !== "Escape") event.preventDefault();
  return places !== undefined;
}
