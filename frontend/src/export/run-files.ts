import { boundsText, isUnresolved } from "../bounds";
import { copyText } from "../clipboard";
import { formatNumber, formatRelative, NOTHING, plural } from "../format";
import type { OverviewColumns, OverviewReply } from "../replies";
import type { Row } from "../rows";
import type { Store } from "../state";
import { relativeUnit, verdictWord } from "../words";
import { download } from "./download";
import { fileName } from "./names";
import { type Cell, toCsv, toMarkdown } from "./tables";

export type TableFile = "csv" | "json";

const TYPES: Record<TableFile, string> = { csv: "text/csv", json: "application/json" };

/** Saves the rows in sight, or all of the run, in the order of the page; tells what was saved. */
export async function saveTable(store: Store, format: TableFile, all: boolean): Promise<string> {
  const overview = store.overview.peek().data;
  if (!overview) throw new Error("There is no table yet.");
  const order = (all ? store.rows : store.shownRows).peek().map(({ tag }) => tag);
  const text = format === "csv" ? csvOf(overview, order) : jsonOf(overview, order);
  const file = `${fileName(overview.run, all ? "all-tensors" : "tensors")}.${format}`;
  download(file, new Blob([text], { type: `${TYPES[format]};charset=utf-8` }));
  return `${plural(order.length, "tensor")} saved as ${file}.`;
}

export function csvOf(overview: OverviewReply, tags: readonly string[]): string {
  const { columns, run, baseline } = overview;
  const { evidence, ...plain } = columns;
  const names = Object.keys(plain) as (keyof typeof plain)[];
  const rows = placesOf(columns, tags).map((i): Cell[] => [
    run,
    ...names.map((name) => (plain[name][i] ?? null) as Cell),
    evidence[i]?.rule ?? null,
    baseline,
  ]);
  return toCsv(["run", ...names, "rule", "baseline"], rows);
}

/** One object per tensor, with the words of the API; what they rest on stands before them. */
export function jsonOf(overview: OverviewReply, tags: readonly string[]): string {
  const { columns, sparkline, run, baseline, thresholds, headline, left_out } = overview;
  const names = Object.keys(columns) as (keyof OverviewColumns)[];
  const tensors = placesOf(columns, tags).map((i) => ({
    ...Object.fromEntries(names.map((name) => [name, columns[name][i] ?? null])),
    sparkline: { steps: sparkline.steps[i] ?? [], movement: sparkline.movement[i] ?? [] },
  }));
  return JSON.stringify({ run, baseline, thresholds, headline, tensors, left_out }, null, 2);
}

function placesOf(columns: OverviewColumns, tags: readonly string[]): number[] {
  const places = new Map(columns.tag.map((tag, i) => [tag, i]));
  return tags.map((tag) => places.get(tag)).filter((place) => place !== undefined);
}

/** Copies the rows in sight as the page shows them; tells whether it worked. */
export async function copyMarkdown(store: Store): Promise<string> {
  const rows = store.shownRows.peek();
  const copied = await copyText(markdownOf(rows));
  if (!copied) return "The browser does not let pages copy: save the table as CSV instead.";
  return `${plural(rows.length, "row")} copied as a Markdown table.`;
}

export function markdownOf(rows: readonly Row[]): string {
  const columns = ["tensor", "role", "verdict", "movement", "of", "values", "steps"];
  const texts = rows.map((row) => [
    row.tag,
    row.role,
    [verdictWord(row.verdict), ...row.flags.map((flag) => flag.replaceAll("_", " "))].join(", "),
    shownMovement(row),
    row.relativeMovement === null
      ? "absolute"
      : (relativeUnit(row.scaleKind)?.replace("% of ", "") ?? ""),
    formatNumber(row.elements, 15),
    row.firstStep === null ? NOTHING : `${row.firstStep} to ${row.lastStep}`,
  ]);
  return toMarkdown(columns, texts, [3, 5]);
}

function shownMovement(row: Row): string {
  if (isUnresolved(row)) return boundsText(row);
  if (row.relativeMovement === null) return formatNumber(row.movement, 2);
  return formatRelative(row.relativeMovement);
}
