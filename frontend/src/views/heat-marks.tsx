import { lineOf, rowOf } from "../charts/heat-lines";
import { type Heat, stepScale } from "./heat-keys";

/** The chosen row and the cell under the cursor. */
export function HeatMarks({ heat }: { heat: Heat }) {
  const { store, lines, rowHeight, top, width } = heat;
  const topOf = (line: number) => (line < 0 ? null : line * rowHeight - top);
  const cell = store.cell.value;
  const chosenTop = topOf(lineOf(lines, store.tag.value));
  const pointed = lineOf(lines, cell?.tag);
  const row = rowOf(lines[pointed]);
  const cellTop = row ? topOf(pointed) : null;
  const index = row && cell ? row.steps.indexOf(cell.step) : -1;
  const scale = stepScale(heat);
  const left = Math.max(0, scale(row?.starts[index] ?? cell?.step ?? 0));
  const right = Math.min(width, scale(row?.ends[index] ?? cell?.step ?? 0));
  const box = (y: number) => ({ top: `${y - 1}px`, height: `${rowHeight + 1}px` });
  return (
    <>
      {chosenTop !== null && <i class="heat-mark chosen" style={box(chosenTop)} />}
      {cellTop !== null && (
        <i
          class="heat-mark cursor"
          data-testid="heat-cursor"
          style={{
            ...box(cellTop),
            left: `${left - 1}px`,
            width: `${Math.max(4, right - left + 2)}px`,
          }}
        />
      )}
    </>
  );
}
