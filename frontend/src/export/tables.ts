/** A cell as the API has it: text, a number, yes or no, nothing, or a list of words. */
export type Cell = string | number | boolean | null | readonly string[];

/** What spreadsheets take for the start of a formula. */
const FORMULA = /^[=+\-@\t\r]/;

/** Comma-separated, one line a row, quoted where needed; no text can act as a formula. */
export function toCsv(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [columns.map(csvCell), ...rows.map((row) => row.map(csvCell))];
  return `${lines.map((cells) => cells.join(",")).join("\r\n")}\r\n`;
}

/** A number is never a formula, and stays one with every digit. */
function csvCell(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number" || typeof cell === "boolean") return String(cell);
  const text = typeof cell === "string" ? cell : cell.join(" ");
  const guarded = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

/** A table in Markdown; numbers to the right. A name cannot end its cell nor become markup. */
export function toMarkdown(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  numeric: readonly number[] = [],
): string {
  const rule = columns.map((_, i) => (numeric.includes(i) ? "---:" : "---"));
  const lines = [columns.map(markdownCell), rule, ...rows.map((row) => row.map(markdownCell))];
  return lines.map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

function markdownCell(text: string): string {
  return text
    .replace(/[\\`*_{}[\]<>#|~&]/g, (mark) =>
      mark === "<" ? "&lt;" : mark === "&" ? "&amp;" : `\\${mark}`,
    )
    .replace(/\s+/g, " ");
}
