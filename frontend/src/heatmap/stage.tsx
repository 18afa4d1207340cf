import { ticks } from "d3-array";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { brushOf, paintPixels, paintRow } from "../charts/colours";
import { formatStep } from "../charts/step-axis";
import type { Names } from "../model/names";
import type { Store } from "../store/store";
import { GroupButton } from "../ui/group-button";
import { TagName } from "../ui/marks";
import { STEP_LABEL } from "../words/labels";
import { type Heat, stepScale } from "./cursor";
import { heatColumns, lineOf, pixelsOf, rowOf } from "./rows";

/** The cells in sight, painted pixel by pixel: as quick for two thousand rows as for twenty. */
export function HeatCanvas({ heat }: { heat: Heat }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const { store, lines, domain, scale, rowHeight, width, top, height } = heat;
  const ratio = window.devicePixelRatio || 1;
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  const theme = store.theme.value;
  const brush = useMemo(() => brushOf(theme, ratio), [theme, ratio]);
  const columns = useMemo(() => new Map<number, Uint8Array>(), [lines, domain, scale, across]);
  useLayoutEffect(() => {
    paintPixels(ref.current, (pixels) => {
      const first = Math.floor(top / rowHeight);
      const last = Math.min(lines.length, Math.ceil((top + height) / rowHeight));
      for (let index = first; index < last; index++) {
        const row = rowOf(lines[index]);
        if (!row) continue;
        const codes = columns.get(index) ?? heatColumns(row, domain, across, scale);
        columns.set(index, codes);
        const { start, end } = pixelsOf(index, rowHeight, top, ratio);
        paintRow(pixels, across, codes, start, end, brush);
      }
    });
  }, [lines, domain, scale, rowHeight, across, down, top, brush]);
  return (
    <canvas
      ref={ref}
      data-testid="heat-canvas"
      width={across}
      height={down}
      style={{ width: `${width}px`, height: `${height}px` }}
    />
  );
}

const SPARE = 4;

/** As wide as the names beside the cells are when all are whole, whichever is chosen. */
export const wholeNames = (names: Names) =>
  Math.ceil((SMALLER / BOLD) * names.widest) + PADDING + 1;

/** The names of the rows in sight. */
export function HeatLabels({ heat, width }: { heat: Heat; width: number }) {
  const { store, lines, rowHeight, top, height } = heat;
  const start = Math.max(0, Math.floor(top / rowHeight) - SPARE);
  const end = Math.ceil((top + height) / rowHeight) + SPARE;
  return (
    <div class="heat-labels">
      {lines.slice(start, end).map((line, i) => {
        const place = { top: `${(start + i) * rowHeight}px`, height: `${rowHeight}px` };
        const style = { ...place, "--depth": line.depth };
        if (line.kind === "group")
          return (
            <div key={`scope ${line.group.scope}`} class="heat-label heat-head" style={style}>
              <GroupButton {...line} fold={store.fold} />
            </div>
          );
        const { names, row } = line;
        const { tag } = row;
        const room = (width - PADDING) / SMALLER - INDENT * line.depth;
        return <Label key={tag} store={store} tag={tag} {...{ names, room, style }} />;
      })}
    </div>
  );
}

/** At both sides of a name. */
const PADDING = 24;
/** They are written smaller than measured. */
const SMALLER = 0.93;
const INDENT = 16;
/** The chosen one is written bold. */
const BOLD = 0.92;

interface LabelProps {
  store: Store;
  tag: string;
  names: Names;
  room: number;
  style: { top: string; height: string };
}

function Label({ store, tag, names, room: usual, style }: LabelProps) {
  const isChosen = tag === store.tag.value;
  const room = isChosen ? BOLD * usual : usual;
  return (
    <div
      class={isChosen ? "heat-label selected" : "heat-label"}
      style={style}
      title={tag}
      data-tag={tag}
    >
      <TagName {...{ tag, names, room }} />
    </div>
  );
}

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
  const chosenStep = store.step.value === null ? null : scale(store.step.value);
  const box = (y: number) => ({ top: `${y - 1}px`, height: `${rowHeight + 1}px` });
  return (
    <>
      {chosenTop !== null && <i class="heat-mark chosen" style={box(chosenTop)} />}
      {chosenStep !== null && (
        <i class="heat-step" data-testid="heat-step" style={{ left: `${chosenStep}px` }} />
      )}
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

const PIXELS_PER_TICK = 72;

/** The steps below the cells. */
export function HeatAxis({ heat }: { heat: Heat }) {
  const scale = stepScale(heat);
  const [low, high] = heat.domain;
  const steps = ticks(low, high, Math.max(2, heat.width / PIXELS_PER_TICK)).filter(
    Number.isInteger,
  );
  return (
    <div class="heat-axis">
      <div class="heat-axis-cells" style={{ width: `${heat.width}px` }}>
        {steps.map((step) => (
          <span key={step} class="heat-tick" style={{ left: `${scale(step)}px` }}>
            {formatStep(step)}
          </span>
        ))}
        <span class="heat-axis-label">{STEP_LABEL}</span>
      </div>
    </div>
  );
}
