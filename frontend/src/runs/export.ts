// By itself because it comes only when something is exported.
import type { MaybeNumber } from "../api/replies";
import { copyText, downloadText, fileName, type TableFile } from "../host/files";
import { type Cell, toCsv, toMarkdown } from "../model/csv";
import { ratioText } from "../model/ratios";
import { measured } from "../model/rows";
import { type ComparedRow, type ComparedRun, tellSteps } from "../store/compared";
import type { Store } from "../store/store";
import { shownMeasure } from "../ui/movement-text";
import { formatCount, plural } from "../words/numbers";

/** Runs side by side, as the page shows them. */
interface Comparison {
  runs: readonly ComparedRun[];
  rows: readonly ComparedRow[];
  reference: string | null;
}

const COLUMNS = [
  ...(["tag", "run", "reference", "until", "last_step", "verdict", "movement"] as const),
  ...(["movement_lower", "movement_upper", "resolution", "relative_movement"] as const),
  ...(["scale_kind", "exact", "measure", "value", "ratio_kind", "ratio"] as const),
];

type Line = Record<(typeof COLUMNS)[number], string | boolean | MaybeNumber>;

/** Saves the comparison in sight, in the order of the page; tells what was saved. */
export async function saveComparison(store: Store, format: TableFile): Promise<string> {
  const lines = linesOf(comparisonOf(store));
  const cells = lines.map((line) => COLUMNS.map((name): Cell => line[name]));
  const text = format === "csv" ? toCsv(COLUMNS, cells) : JSON.stringify(lines, null, 2);
  const file = downloadText(fileName(store.run.peek() ?? "", "runs-compared"), format, text);
  return `${plural(lines.length, "line")} saved as ${file}.`;
}

/** Copies it as a table of tensor by run; tells whether it worked. */
export async function copyComparison(store: Store): Promise<string> {
  const comparison = comparisonOf(store);
  if (!(await copyText(comparisonMarkdown(comparison))))
    return "The browser does not let pages copy: save the table as CSV instead.";
  return `${plural(comparison.rows.length, "row")} copied as a Markdown table.`;
}

function comparisonOf(store: Store): Comparison {
  return {
    runs: store.comparedRuns.peek(),
    rows: store.orderedComparison.peek(),
    reference: store.referenceRun.peek(),
  };
}

/** One line for each tensor in each run that has it, with the words of the API. */
export function linesOf({ runs, rows, reference }: Comparison): Line[] {
  return rows.flatMap(({ tag, step, cells, ratios }) =>
    runs.flatMap(({ run }, i): Line[] => {
      const [row, ratio] = [cells[i], ratios[i]];
      if (!row || !ratio) return [];
      const line = {
        ...{ tag, run, reference, until: step },
        last_step: row.lastStep,
        verdict: row.verdict,
        movement: row.movement,
        movement_lower: row.movementLower,
        movement_upper: row.movementUpper,
        resolution: row.resolution,
        relative_movement: row.relativeMovement,
        scale_kind: row.scaleKind,
        exact: row.floor !== null,
        measure: row.sparkline.measure,
        value: row.sparkline.measure === "movement" ? row.movement : measured(row),
        ratio_kind: ratio.kind,
        ratio: "times" in ratio ? ratio.times : null,
      };
      return [line];
    }),
  );
}

export function comparisonMarkdown({ runs, rows, reference }: Comparison): string {
  const names = runs.map(({ run }) => (run === reference ? `${run} (reference)` : run));
  const withStep = tellSteps(rows);
  const lines = rows.map(({ tag, step, cells, ratios }) => [
    tag,
    ...(withStep ? [step === null ? "each run's last" : formatCount(step)] : []),
    ...runs.map(({ run }, i) => {
      const [row, ratio] = [cells[i] ?? null, ratios[i]];
      const compared = row !== null && ratio && run !== reference;
      const text = compared ? ratioText(ratio, row.sparkline.measure) : "";
      return [shownMeasure(row), text].filter(Boolean).join(", ");
    }),
  ]);
  return toMarkdown(["tensor", ...(withStep ? ["at step"] : []), ...names], lines);
}
