// By itself because it comes only when something is exported.
import {
  ESTIMATE_FIGURES,
  EXACT_FIGURES,
  METRICS,
  type OverviewColumns,
  type OverviewReply,
} from "../api/replies";
import { copyText, downloadText, fileName, type TableFile } from "../host/files";
import { type Cell, toCsv, toMarkdown } from "../model/csv";
import type { Row } from "../model/rows";
import type { Store } from "../store/store";
import { shownMovement } from "../ui/movement-text";
import { flagWord, scaleName, verdictWord } from "../words/labels";
import { formatCount, NOTHING, plural } from "../words/numbers";

/** The columns of the server's own `export`, in its order: one file can stand for the other. */
const COLUMNS = [
  ...(["run", "tag", "role", "verdict", "flags", "sentence", "elements", "stored_as"] as const),
  ...(["first_step", "last_step", "kept_steps", "baseline_step", "scale", "scale_kind"] as const),
  ...METRICS.filter((name) => name !== "speed"),
];
/** Columns of their own for how far single values moved. */
const ESTIMATE_COLUMNS = [...ESTIMATE_FIGURES, "method"] as const;
/** Columns of their own for what the exact record of a tensor holds. */
const EXACT_COLUMNS = [
  "step",
  ...EXACT_FIGURES,
  ...(["relative_movement", "scale", "scale_kind", "leads"] as const),
] as const;

/** Saves the rows in sight, or all of the run, in the order of the page; tells what was saved. */
export async function saveTable(store: Store, format: TableFile, all: boolean): Promise<string> {
  const overview = store.overview.peek().data;
  if (!overview) throw new Error("There is no table yet.");
  const order = (all ? store.rows : store.shownRows).peek().map(({ tag }) => tag);
  const text = format === "csv" ? csvOf(overview, order) : jsonOf(overview, order);
  const against = overview.baseline === "first" ? "" : `against-${overview.baseline}`;
  const part = overview.complete ? "" : `${overview.measured}-of-${overview.of}`;
  const name = fileName(overview.run, part, all ? "all-tensors" : "tensors", against);
  const file = downloadText(name, format, text);
  return `${plural(order.length, "tensor")} saved as ${file}.`;
}

export function csvOf(overview: OverviewReply, tags: readonly string[]): string {
  const { columns, run } = overview;
  const all: Record<string, readonly unknown[]> = { ...columns };
  const rows = placesOf(columns, tags).map((i) => [
    ...COLUMNS.map((name) => (name === "run" ? run : (all[name]?.[i] ?? null)) as Cell),
    ...ESTIMATE_COLUMNS.map((name): Cell => columns.estimate[i]?.[name] ?? null),
    ...EXACT_COLUMNS.map((name): Cell => columns.exact[i]?.[name] ?? null),
  ]);
  const nested = [
    ...ESTIMATE_COLUMNS.map((name) => `estimate_${name}`),
    ...EXACT_COLUMNS.map((name) => `exact_${name}`),
  ];
  return toCsv([...COLUMNS, ...nested], rows);
}

/** One object per tensor, with the words of the API; what they rest on stands before them. */
export function jsonOf(overview: OverviewReply, tags: readonly string[]): string {
  const { columns, sparkline, run, baseline, thresholds, headline, left_out } = overview;
  const names = Object.keys(columns) as (keyof OverviewColumns)[];
  const tensors = placesOf(columns, tags).map((i) => ({
    run,
    ...Object.fromEntries(names.map((name) => [name, columns[name][i] ?? null])),
    sparkline: {
      measure: sparkline.measure,
      steps: sparkline.steps[i] ?? [],
      values: sparkline.values[i] ?? [],
    },
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
  if (!(await copyText(markdownOf(rows))))
    return "The browser does not let pages copy: save the table as CSV instead.";
  return `${plural(rows.length, "row")} copied as a Markdown table.`;
}

export function markdownOf(rows: readonly Row[]): string {
  const columns = ["tensor", "role", "verdict", "movement", "of", "values", "steps"];
  const texts = rows.map((row) => [
    row.tag,
    row.role,
    [verdictWord(row.verdict), ...row.flags.map(flagWord)].join(", "),
    shownMovement(row),
    ofWhat(row),
    formatCount(row.elements),
    row.firstStep === null
      ? NOTHING
      : `${formatCount(row.firstStep)} to ${formatCount(row.lastStep)}`,
  ]);
  return toMarkdown(columns, texts, [3, 5]);
}

function ofWhat(row: Row): string {
  const scale = scaleName(row.scaleKind);
  const of = row.relativeMovement === null ? "absolute" : (scale ?? "");
  return row.floor ? `${of}, exact` : of;
}
