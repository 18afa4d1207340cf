/** Whether the key is part of a shortcut, and so meant for the browser. */
export function isShortcut({ altKey, ctrlKey, metaKey }: KeyboardEvent): boolean {
  return altKey || ctrlKey || metaKey;
}

/** How many places a key goes sideways, down and by page; what is left out goes nowhere. */
interface Reach {
  across?: number;
  down?: number;
  page?: number;
}

/** How far a key goes; Home and End go as far as there is. Null for a key that goes nowhere. */
export function keyMoves(event: KeyboardEvent, { across = 0, down = 0, page = 0 }: Reach) {
  const places: Record<string, number> = {
    ArrowRight: across,
    ArrowLeft: -across,
    ArrowDown: down,
    ArrowUp: -down,
    PageDown: page,
    PageUp: -page,
    Home: -Infinity,
    End: Infinity,
  };
  return isShortcut(event) ? null : places[event.key] || null;
}
