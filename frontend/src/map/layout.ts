import type { TextWidth } from "../host/text-width";
import type { MapRow, MapSection } from "../model/layers";
import { Names, NOTHING_SHARED, sharedEnds } from "../model/names";
import type { Row } from "../model/rows";

const ROW = 18;
/** It can be clicked on. */
const ROW_OF_SCOPE = 24;
/** The names of modules stand upright, as high as they need, and no higher. */
const HIGHEST_HEAD = 164;
const AROUND_NAME = 14;
/** Names are written smaller than measured. */
const SMALL = 0.93;
const WIDEST = 26;
/** With what lies between modules, an upright name finds its place. */
const NARROWEST = 9;
const BETWEEN_MODULES = 5;
const INDENT = 10;
/** What a button takes besides its name. */
const FOLD_BUTTON = 48;

/** A cell, in pixels from the left end of the cells and the top of the map. */
export interface Cell {
  row: Row;
  line: number;
  left: number;
  width: number;
}

interface Module {
  title: string;
  left: number;
  width: number;
}

/** The head of a section, or one layer: lines of their own heights, one below the other. */
export interface Line {
  top: number;
  height: number;
  name: string;
  /** The whole of a name that was cut. */
  title: string;
  indent: number;
  /** Of a scope: its tensors, and what folds them away. */
  rows: readonly Row[];
  scope: string;
  open: boolean;
  /** Of a head: the modules with their places. */
  modules: readonly (Module & { name: string })[] | null;
  cells: readonly Cell[];
}

export interface Layout {
  lines: readonly Line[];
  height: number;
  /** Of what is folded away: the cell that stands for it. */
  byTag: ReadonlyMap<string, Cell>;
}

/** Columns that stand side by side, with their places by number. */
interface Band {
  modules: Module[];
  places: Map<number, { left: number; width: number }>;
}

/** Columns as wide as there is room; those that find none stand below, beside the layers again. */
function bandsOf({ modules }: MapSection<Row>, room: number): Band[] {
  const columns = modules.reduce((all, { kinds }) => all + kinds.length, 0);
  const fitting = Math.floor((room - BETWEEN_MODULES * modules.length) / columns);
  const width = Math.max(NARROWEST, Math.min(WIDEST, fitting));
  const most = Math.max(1, Math.floor(room / width));
  const bands: Band[] = [];
  let [left, column] = [room, 0];
  for (const { name, kinds } of modules)
    for (let first = 0; first < kinds.length; first += most) {
      const own = kinds.slice(first, first + most);
      const whole = own.length * width;
      if (left + whole > room) {
        bands.push({ modules: [], places: new Map() });
        left = 0;
      }
      const band = bands.at(-1);
      band?.modules.push({ title: name, left, width: whole });
      for (const i of own.keys())
        band?.places.set(column + i, { left: left + i * width, width: width - 1 });
      left += whole + BETWEEN_MODULES;
      column += own.length;
    }
  return bands;
}

export interface Room {
  /** For the names of layers. */
  names: number;
  cells: number;
  widthOf: TextWidth;
}

export function layOut(sections: readonly MapSection<Row>[], room: Room): Layout {
  const lines: Line[] = [];
  const byTag = new Map<string, Cell>();
  let top = 0;
  const add = (line: Omit<Line, "top">) => {
    lines.push({ top, ...line });
    top += line.height;
  };
  for (const section of sections) {
    const bands = bandsOf(section, room.cells > 0 ? room.cells : Number.POSITIVE_INFINITY);
    const heads = headsOf(section, bands, room.widthOf);
    const names = namesOf(section.rows, room);
    const rowsIn = rowsByBand(section.rows, bands);
    for (const [i, { places }] of bands.entries()) {
      const head = heads[i];
      if (head) add(head);
      for (const row of rowsIn[i] ?? []) {
        const index = lines.length;
        const cells = row.cells.flatMap(({ column, tensor, behind }): Cell[] => {
          const place = places.get(column);
          if (!place) return [];
          const cell = { row: tensor, line: index, ...place };
          for (const { tag } of [tensor, ...behind]) byTag.set(tag, cell);
          return [cell];
        });
        const { name: title, scope, open, rows, depth } = row;
        const height = rows.length > 0 ? ROW_OF_SCOPE : ROW;
        const line = { name: names(row), title, indent: INDENT * depth, scope, open, rows };
        add({ ...line, height, modules: null, cells });
      }
    }
  }
  return { lines, height: top, byTag };
}

/** Beside the first band all of them, beside further ones those that have something there. */
function rowsByBand(rows: readonly MapRow<Row>[], bands: readonly Band[]): MapRow<Row>[][] {
  const bandOf = new Map<number, number>();
  for (const [i, { places }] of bands.entries())
    for (const column of places.keys()) bandOf.set(column, i);
  const found: MapRow<Row>[][] = bands.map(() => []);
  for (const row of rows) {
    const there = new Set(row.cells.map(({ column }) => bandOf.get(column) ?? 0)).add(0);
    for (const i of there) found[i]?.push(row);
  }
  return found;
}

/** The texts of layers beside their cells, no two that stand at one depth alike. */
function namesOf(rows: readonly MapRow<Row>[], room: Room): (row: MapRow<Row>) => string {
  const titles = rows.map(({ name }) => name);
  const names = new Names(titles, NOTHING_SHARED, room.widthOf);
  return ({ name, depth, rows }) => {
    const taken = INDENT * depth + (rows.length > 0 ? FOLD_BUTTON : 0);
    return names.text(name, (room.names - taken) / SMALL);
  };
}

function headsOf(
  { name: section }: MapSection<Row>,
  bands: readonly Band[],
  widthOf: TextWidth,
): Omit<Line, "top">[] {
  const titles = bands.flatMap(({ modules }) => modules.map(({ title }) => title));
  const names = new Names(titles, sharedEnds(titles), widthOf);
  const name = section.replace(/[/.]?#/, " …");
  return bands.map((band) => {
    const modules = band.modules.map((module) => ({
      ...module,
      name: names.text(module.title, (HIGHEST_HEAD - AROUND_NAME) / SMALL),
    }));
    const longest = modules.reduce((most, { name }) => Math.max(most, widthOf(name)), 0);
    const height = Math.min(HIGHEST_HEAD, Math.ceil(SMALL * longest) + AROUND_NAME);
    const all = { scope: "", open: true, rows: [], cells: [], indent: 0 };
    return { ...all, height, name, title: section, modules };
  });
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
