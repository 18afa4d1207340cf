// By itself because it is read without a DOM: what the map shows, in words.
import { type ChartTable, tensorLines } from "../charts/table-of-chart";
import { type MapSection, mapOf } from "../model/layers";
import { MEASURE_WORDS } from "../model/measures";
import { sharedEnds } from "../model/names";
import type { Row } from "../model/rows";
import { shownMeasure } from "../ui/movement-text";
import { verdictWord } from "../words/labels";
import { visible } from "../words/names";
import { NOTHING } from "../words/numbers";

const NOTHING_FOLDED: ReadonlySet<string> = new Set();

/** The map's values: a row for each tensor, layer by layer, with its place in the map. */
export function mapTable(rows: readonly Row[]): ChartTable {
  const ends = sharedEnds(rows.map(({ tag }) => tag));
  const placed = mapOf(rows, ends, NOTHING_FOLDED).flatMap(placesIn);
  const measure = rows[0]?.sparkline.measure ?? "movement";
  return {
    columns: ["layer", "module", "tensor", MEASURE_WORDS[measure].name.toLowerCase(), "verdict"],
    rows: tensorLines(placed, ({ names, row }) => [
      ...names.map((name) => (name === "" ? NOTHING : visible(name))),
      shownMeasure(row),
      verdictWord(row.verdict),
    ]),
  };
}

/** Each tensor of a section with its layer, its module and what is left of its name. */
function placesIn({ modules, rows }: MapSection<Row>): { names: string[]; row: Row }[] {
  // A module of one tensor that is none is called as its tensor.
  const columns = modules.flatMap(({ name, kinds }) =>
    kinds.map((kind) => [name === kind ? "" : name, kind]),
  );
  return rows.flatMap(({ scope, cells }) =>
    cells.map(({ column, tensor }) => ({
      names: [scope, ...(columns[column] ?? [])],
      row: tensor,
    })),
  );
}
