import type { TextWidth } from "../host/text-width";
import type { MapSection } from "../model/layers";
import { Names, sharedEnds } from "../model/names";
import type { Row } from "../model/rows";

const ROW = 18;
/** The names of modules stand upright, as high as they need, and no higher. */
const HIGHEST_HEAD = 164;
const AROUND_NAME = 14;
/** Module names are written smaller than measured. */
const SMALL = 0.93;
const WIDEST = 26;
const NARROWEST = 3;
const BETWEEN_MODULES = 5;

/** A cell, in pixels from the left end of the cells and the top of the map. */
export interface Cell {
  row: Row;
  line: number;
  left: number;
  width: number;
}

/** The head of a section, or one layer: lines of their own heights, one below the other. */
export interface Line {
  top: number;
  height: number;
  name: string;
  /** Of a head: the modules with their places. */
  modules: readonly { name: string; title: string; left: number; width: number }[] | null;
  cells: readonly Cell[];
}

export interface Layout {
  lines: readonly Line[];
  height: number;
  byTag: ReadonlyMap<string, Cell>;
}

/** Cells as wide as the section with most of them allows. */
export function layOut(
  sections: readonly MapSection<Row>[],
  width: number,
  widthOf: TextWidth,
): Layout {
  const lines: Line[] = [];
  const byTag = new Map<string, Cell>();
  let top = 0;
  const add = (line: Omit<Line, "top">) => {
    lines.push({ top, ...line });
    top += line.height;
  };
  for (const { name, modules, rows } of sections) {
    const columns = modules.reduce((all, { kinds }) => all + kinds.length, 0);
    const room = (width - BETWEEN_MODULES * modules.length) / columns;
    const cellWidth = Math.max(NARROWEST, Math.min(WIDEST, Math.floor(room)));
    const titles = modules.map(nameOf);
    const names = new Names(titles, sharedEnds(titles), widthOf);
    const texts = titles.map((title) => names.text(title, (HIGHEST_HEAD - AROUND_NAME) / SMALL));
    const lefts: number[] = [];
    let left = 0;
    const heads = modules.map((module, i) => {
      const start = left;
      for (const _ of module.kinds) {
        lefts.push(left);
        left += cellWidth;
      }
      const [name = "", title = ""] = [texts[i], titles[i]];
      const head = { name, title, left: start, width: left - start };
      left += BETWEEN_MODULES;
      return head;
    });
    const longest = texts.reduce((most, text) => Math.max(most, widthOf(text)), 0);
    const height = Math.min(HIGHEST_HEAD, Math.ceil(SMALL * longest) + AROUND_NAME);
    add({ height, name: name.replace(/[/.]?#/, " …"), modules: heads, cells: [] });
    for (const row of rows) {
      const line = lines.length;
      const cells = row.cells.map(({ column, tensor }): Cell => {
        const cell = { row: tensor, line, left: lefts[column] ?? 0, width: cellWidth - 1 };
        byTag.set(tensor.tag, cell);
        return cell;
      });
      add({ height: ROW, name: row.name, modules: null, cells });
    }
  }
  return { lines, height: top, byTag };
}

function nameOf({ name, kinds }: { name: string; kinds: readonly string[] }): string {
  return name || kinds.join(", ");
}

/** The lines in sight. */
export function linesBetween({ lines }: Layout, top: number, bottom: number): readonly Line[] {
  return lines.filter((line) => line.top < bottom && line.top + line.height > top);
}

export function cellAt({ lines }: Layout, x: number, y: number): Cell | null {
  const line = lines.find(({ top, height }) => top <= y && y < top + height);
  return line?.cells.find(({ left, width }) => left <= x && x <= left + width) ?? null;
}

/** The next cell in a direction: in its line, or in the nearest line that has cells. */
export function cellBeside(
  { lines }: Layout,
  from: Cell,
  [along, down]: readonly [number, number],
): Cell {
  if (along !== 0) {
    const cells = lines[from.line]?.cells ?? [];
    const at = cells.findIndex(({ row }) => row.tag === from.row.tag) + along;
    return cells[Math.max(0, Math.min(cells.length - 1, at))] ?? from;
  }
  const step = Math.sign(down);
  let [line, left] = [from.line, Math.abs(down)];
  let found = from;
  while (left > 0 && lines[line + step]) {
    line += step;
    const cells = lines[line]?.cells ?? [];
    if (cells.length === 0) continue;
    left -= 1;
    found = nearest(cells, from.left);
  }
  return found;
}

function nearest(cells: readonly Cell[], left: number): Cell {
  return cells.reduce((best, cell) =>
    Math.abs(cell.left - left) < Math.abs(best.left - left) ? cell : best,
  );
}
