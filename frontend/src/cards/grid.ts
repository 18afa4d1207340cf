// By itself because it is pure: where cards lie is tested without a page.
import type { Entry } from "../model/groups";

/** Cards of one height, in lines under the heads of their groups, set in as these are: pixels. */
export const CARD_HEIGHT = 154;
const CARD_GAP = 8;
const HEAD_HEIGHT = 32;
const NARROWEST = 196;
export const INDENT = 16;

/** One line across the view: some cards, or the head of a group. */
export interface CardLine {
  top: number;
  height: number;
  /** The entries [start, end) of the line. */
  start: number;
  end: number;
}

export interface CardGrid {
  columns: number;
  lines: readonly CardLine[];
  height: number;
}

export function columnsIn(width: number): number {
  return Math.max(1, Math.floor((width + CARD_GAP) / (NARROWEST + CARD_GAP)));
}

export function cardGrid(entries: readonly Entry[], columns: number): CardGrid {
  const lines: CardLine[] = [];
  let top = 0;
  for (let start = 0; start < entries.length; ) {
    let end = start + 1;
    const first = entries[start];
    const isHead = first?.kind === "group";
    const goesOn = (next?: Entry) => next?.kind === "tensor" && next.depth === first?.depth;
    while (!isHead && end < start + columns && goesOn(entries[end])) end++;
    const height = isHead ? HEAD_HEIGHT : CARD_HEIGHT;
    lines.push({ top, height, start, end });
    top += height + CARD_GAP;
    start = end;
  }
  return { columns, lines, height: Math.max(0, top - CARD_GAP) };
}

/** Where the card at that place of its line begins, and how wide it is, for CSS. */
export function acrossLine(depth: number, place: number, columns: number) {
  const width = `(100% - ${INDENT * depth}px) / ${columns}`;
  return { left: `calc(${INDENT * depth}px + ${place} * ${width})`, width: `calc(${width})` };
}

/** The lines that show in [top, bottom). */
export function linesBetween(grid: CardGrid, top: number, bottom: number): CardLine[] {
  return grid.lines.filter((line) => line.top < bottom && line.top + line.height > top);
}

/** The line that holds an entry. */
export function lineOf(grid: CardGrid, entry: number): CardLine | undefined {
  return grid.lines.find(({ start, end }) => start <= entry && entry < end);
}
