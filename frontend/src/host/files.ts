/** Hands a file to the browser, as if it had come from a link. */
export function download(file: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

export type TableFile = "csv" | "json";

const TABLE_TYPES: Record<TableFile, string> = { csv: "text/csv", json: "application/json" };

/** Hands a table to the browser; gives the file's name. */
export function downloadText(name: string, format: TableFile, text: string): string {
  const file = `${name}.${format}`;
  download(file, new Blob([text], { type: `${TABLE_TYPES[format]};charset=utf-8` }));
  return file;
}

/** A file name from what logs call things: nothing in it that a file system or a shell minds. */
export function fileName(...parts: readonly string[]): string {
  const name = parts
    .map((part) => part.replace(/[^\p{L}\p{N}.-]+/gu, "_").replace(/^[_.-]+|_+$/g, ""))
    .filter(Boolean)
    .join("-");
  return name.slice(0, 120) || "weight-delta";
}

export function fileOf({ run, tag }: { run: string; tag: string }, chart: string): string {
  return fileName(run, tag, chart);
}

/**
 * Puts a text on the clipboard; whether it got there. Over plain http the browser's own way does
 * not exist: there a selected field is copied, as by hand.
 */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text);
  }
}

function copySelected(text: string): boolean {
  const field = document.createElement("textarea");
  const focused = document.activeElement;
  field.value = text;
  field.readOnly = true;
  field.style.cssText = "position:fixed;top:0;opacity:0";
  document.body.append(field);
  field.select();
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    field.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}
