/** A file name from what logs call things: nothing in it that a file system or a shell minds. */
export function fileName(...parts: readonly string[]): string {
  const name = parts
    .map((part) => part.replace(/[^\p{L}\p{N}.-]+/gu, "_").replace(/^[_.]+|_+$/g, ""))
    .filter(Boolean)
    .join("-");
  return name.slice(0, 120) || "weight-delta";
}

export function fileOf({ run, tag }: { run: string; tag: string }, chart: string): string {
  return fileName(run, tag, chart);
}
