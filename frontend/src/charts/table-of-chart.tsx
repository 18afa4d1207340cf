import { formatCount, plural } from "../words/numbers";

/** What a chart draws, as a table to read: texts only. */
export interface ChartTable {
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}

/** What a drawing shows, to be read. */
export function TableOfChart({ title, table }: { title: string; table: ChartTable }) {
  return (
    <section
      class="chart-table"
      data-testid="chart-table"
      aria-label={`${title} as a table`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls by keyboard
      tabIndex={0}
    >
      <table>
        <thead>
          <tr>
            {table.columns.map((name, i) => (
              <th key={String(i)} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, i) => (
            <tr key={String(i)}>
              {row.map((cell, j) => (
                <td key={String(j)}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface NamedValue {
  name: string;
  value: string;
}

/** More rows are read by nobody: a filter brings those that are wanted. */
export const MOST_TENSORS = 200;

/** One row for each tensor, of the first ones. */
export function tensorLines<T>(
  tensors: readonly T[],
  line: (tensor: T) => readonly string[],
): ChartTable["rows"] {
  const lines = tensors.slice(0, MOST_TENSORS).map(line);
  const more = tensors.length - lines.length;
  return more > 0 ? [...lines, [`and ${plural(more, "tensor")} more: filter them`]] : lines;
}

/** One row for each kept step, one column for each name that any step reads out. */
export function stepTable(
  steps: readonly number[],
  readout: (index: number) => readonly NamedValue[],
): ChartTable {
  const read = steps.map((_, i) => withOccurrence(readout(i)));
  const names = new Map<string, string>();
  for (const values of read) for (const { key, name } of values) names.set(key, name);
  return {
    columns: ["step", ...names.values()],
    rows: read.map((values, i) => {
      const byKey = new Map(values.map(({ key, value }) => [key, value]));
      return [
        formatCount(steps[i] ?? null),
        ...[...names.keys()].map((key) => byKey.get(key) ?? ""),
      ];
    }),
  };
}

/** A name may be read out twice, as of two units: each keeps its own column. */
function withOccurrence(values: readonly NamedValue[]): (NamedValue & { key: string })[] {
  const seen = new Map<string, number>();
  return values.map((value) => {
    const count = seen.get(value.name) ?? 0;
    seen.set(value.name, count + 1);
    return { ...value, key: `${value.name}#${count}` };
  });
}
