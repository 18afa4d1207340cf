/** A cell as the API has it: text, a number, yes or no, nothing, or a list of words. */
export type Cell = string | number | boolean | null | readonly string[];

/**
 * What spreadsheets take for the start of a formula: also behind white space and what cannot be
 * seen, in full width, and behind what they take for the end of a cell. The server's `export` too.
 */
const FORMULA =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /(^|[;\t\n\r])([\s\x00-\x1f\x7f-\x9f\p{Cf}\p{Default_Ignorable_Code_Point}]*[=+\-@\uff1d\uff0b\uff0d\uff20\u2212])|^(?=[\t\n\r])/gu;

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
  const guarded = text.replace(FORMULA, (_, before = "", start = "") => `${before}'${start}`);
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

/** A table in Markdown; numbers to the right. A name cannot end its cell nor become markup or a link. */
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
    .replace(/:\/\/|www\./gi, (address) => address.replace(/^:|\.$/, "\\$&"))
    .replace(/\s+/g, " ");
}
