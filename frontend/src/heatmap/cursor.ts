import type { ColourScale } from "../charts/colours";
import { type Domain, linearScale, type Scale } from "../charts/scale";
import { nearest } from "../model/series";
import type { Cell } from "../store/choice";
import type { Store } from "../store/store";
import { isShortcut, keyMoves } from "../ui/keys";
import { type HeatLine, type HeatRow, rowOf, rowsIn, valueAt } from "./rows";

/** The heat map as it is laid out: sizes in pixels. */
export interface Heat {
  store: Store;
  lines: readonly HeatLine[];
  domain: Domain;
  scale: ColourScale;
  rowHeight: number;
  /** Of the cells, without the names. */
  width: number;
  /** How far the rows are scrolled, and how much of them is in sight. */
  top: number;
  height: number;
}

export function stepScale({ domain, width }: Heat): Scale {
  return linearScale(domain, [0, width]);
}

/** The cell under the pointer; beside the cells, the row's last step. */
export function pointed(event: PointerEvent | MouseEvent, heat: Heat): void {
  const row = rowUnder(event, heat);
  if (!row) {
    heat.store.pointAt(null);
    return;
  }
  const cells = (event.currentTarget as HTMLElement).querySelector(".heat-canvas");
  const x = event.clientX - (cells?.getBoundingClientRect().left ?? 0);
  const step = Math.round(stepScale(heat).invert(Math.min(heat.width, x)));
  const index = x < 0 ? row.steps.length - 1 : valueAt(row, step);
  heat.store.pointAt({ tag: row.tag, step: row.steps[index] ?? step });
}

export function selectAt(event: MouseEvent, heat: Heat): void {
  const row = rowUnder(event, heat);
  if (row) heat.store.selectTag(row.tag);
}

function rowUnder(event: MouseEvent, { lines, rowHeight }: Heat): HeatRow | undefined {
  const scroller = event.currentTarget as HTMLElement;
  const y = event.clientY - scroller.getBoundingClientRect().top + scroller.scrollTop;
  return rowOf(lines[Math.floor(y / rowHeight)]);
}

export function keyed(event: KeyboardEvent, heat: Heat): void {
  // The heads of groups are buttons, with keys of their own.
  if (isShortcut(event) || (event.target as Element).closest("button")) return;
  const { store, height, rowHeight } = heat;
  const cell = store.cell.peek();
  const along = keyMoves(event, { across: 1 });
  const down = keyMoves(event, { down: 1, page: Math.floor(height / rowHeight) - 1 });
  if (along !== null) store.pointAt(cellBeside(heat, cell, [0, along]));
  else if (down !== null) store.pointAt(cellBeside(heat, cell, [down, 0]));
  else if (event.key === "Escape") store.pointAt(null);
  else if (event.key !== "Enter" && event.key !== " ") return;
  else if (cell) store.selectTag(cell.tag);
  event.preventDefault();
}

/** The first key stroke goes to the last step of the chosen tensor, the next ones on from there. */
function cellBeside(
  { store, lines }: Heat,
  cell: Cell | null,
  [down, along]: [rows: number, steps: number],
): Cell | null {
  const rows = rowsIn(lines);
  const from = rows.findIndex(({ tag }) => tag === (cell?.tag ?? store.tag.peek()));
  const row = rows[clamp(cell ? from + down : from, rows.length)];
  if (!row) return null;
  const last = row.steps.length - 1;
  const at = cell ? nearest(row.steps, cell.step) + along : last;
  return { tag: row.tag, step: row.steps[clamp(at, row.steps.length)] ?? cell?.step ?? 0 };
}

function clamp(index: number, count: number): number {
  return Math.max(0, Math.min(count - 1, index));
}
