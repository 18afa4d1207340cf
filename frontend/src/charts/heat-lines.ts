import type { Entry, Group } from "../groups";
import type { SharedEnds } from "../names";
import type { HeatRow } from "./heat-grid";

/** One line of the heat map, as of the table: a tensor over the steps, or the head of a group. */
export type HeatLine =
  | { kind: "tensor"; row: HeatRow; ends: SharedEnds }
  | { kind: "group"; group: Group; open: boolean };

/** The lines stand as the entries do; a folded group is its head alone. */
export function heatLines(
  entries: readonly Entry[],
  rows: ReadonlyMap<string, HeatRow>,
): HeatLine[] {
  return entries.flatMap((entry): HeatLine[] => {
    if (entry.kind === "group") return [entry];
    const row = rows.get(entry.row.tag);
    return row ? [{ kind: "tensor", row, ends: entry.ends }] : [];
  });
}

export function rowOf(line: HeatLine | undefined): HeatRow | undefined {
  return line?.kind === "tensor" ? line.row : undefined;
}

export function rowsIn(lines: readonly HeatLine[]): HeatRow[] {
  return lines.flatMap((line) => rowOf(line) ?? []);
}

/** The line of a tensor, or the head of the folded group that holds it; -1 where there is none. */
export function lineOf(lines: readonly HeatLine[], tag: string | null | undefined): number {
  return lines.findIndex((line) =>
    line.kind === "tensor"
      ? line.row.tag === tag
      : !line.open && line.group.rows.some((row) => row.tag === tag),
  );
}
