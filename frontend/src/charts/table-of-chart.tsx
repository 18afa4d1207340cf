import "../styles/chart-table.css";
import type { ChartTable } from "./table";

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
