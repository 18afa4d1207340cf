/** Rows of one height let the visible window be computed instead of measured. */
export const ROW_HEIGHT = 30;
const SPARE = 10;

/** The rows [start, end) in sight, with a few spare ones on either side. */
export function windowOf(
  count: number,
  scrollTop: number,
  height: number,
): { start: number; end: number } {
  const first = Math.floor(scrollTop / ROW_HEIGHT) - SPARE;
  const last = Math.ceil((scrollTop + height) / ROW_HEIGHT) + SPARE;
  const end = Math.min(count, last);
  return { start: Math.max(0, Math.min(first, end)), end };
}

/** The nearest scroll position that shows the row. */
export function scrollToShow(row: number, scrollTop: number, height: number): number {
  const top = row * ROW_HEIGHT;
  if (top < scrollTop) return top;
  if (top + ROW_HEIGHT > scrollTop + height) return top + ROW_HEIGHT - height;
  return scrollTop;
}
