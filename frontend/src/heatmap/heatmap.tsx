import "../charts/charts.css";
import "./heatmap.css";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { ColourScale } from "../charts/colours";
import { FigureMenu } from "../charts/figure-menu";
import { TableOfChart } from "../charts/table-of-chart";
import { orderBy } from "../model/measures";
import type { Store } from "../store/store";
import { SharedEnds } from "../ui/marks";
import { Remark } from "../ui/remark";
import { scrollIntoSight, useScrollWindow, useWidth } from "../ui/size";
import { isOwnStep } from "../words/baseline";
import { formatCount, plural } from "../words/numbers";
import { type Heat, keyed, pointed, selectAt } from "./cursor";
import { HeatLegend, HeatReadout, heatTable } from "./legend";
import {
  type HeatLine,
  type HeatRow,
  heatDomain,
  heatLines,
  heatRowHeight,
  heatRows,
  lineOf,
  scaleOf,
} from "./rows";
import { HeatAxis, HeatCanvas, HeatLabels, HeatMarks, wholeNames } from "./stage";

const AXIS_HEIGHT = 38;
/** As the style sheet leaves it free. */
const AFTER_CELLS = 8;
const SKELETON_ROWS = 12;

/** Every tensor over all steps: how far each has moved, by colour. */
export function TensorHeatmap({ store }: { store: Store }) {
  const stage = useScrollWindow();
  const ordered = store.orderedRows.value;
  const baseline = store.overview.value.data?.baseline ?? "first";
  const rows = useMemo(() => heatRows(ordered, isOwnStep(baseline)), [ordered, baseline]);
  const entries = store.entries.value;
  const lines = useMemo(() => heatLines(entries, rows), [entries, rows]);
  const measure = store.measure.value;
  const scale = useMemo(() => scaleOf(lines, measure), [lines, measure]);
  const [asTable, setAsTable] = useState(false);
  return (
    <div class="heatmap" style={{ "--whole": `${wholeNames(store.names.value)}px` }}>
      <HeatLegend store={store} rows={[...rows.values()]} scale={scale} />
      <div class="heat-line">
        {asTable ? (
          <p class="heat-readout">Each tensor, step by step</p>
        ) : (
          <>
            <SharedEnds store={store} />
            <HeatReadout store={store} />
          </>
        )}
        {store.orderedRows.value.length > 0 && (
          <FigureMenu
            of="picture"
            title="Heat map"
            formats={["png"]}
            save={() => saveHeatmap(store)}
            tell={store.tell}
            table={{ shown: asTable, show: setAsTable }}
          />
        )}
      </div>
      <div class="heat-stage" ref={stage.ref} aria-busy={store.overview.value.data === null}>
        {store.overview.value.data === null && <HeatSkeleton />}
        {store.orderedRows.value.length > 0 &&
          (asTable ? (
            <TableOfChart title="Heat map" table={heatTable(store.orderedRows.value)} />
          ) : (
            <HeatStage
              {...{ store, rows, lines, scale }}
              room={stage.view.value.height - AXIS_HEIGHT}
            />
          ))}
        <Remark store={store} />
      </div>
    </div>
  );
}

/** As many rows as the table has while it waits. */
function HeatSkeleton() {
  return (
    <div class="heat-skeleton" aria-hidden="true">
      {Array.from({ length: SKELETON_ROWS }, (_, i) => (
        <div key={String(i)}>
          <i class="skeleton" style={{ width: `${88 - ((i * 17) % 40)}%` }} />
          <i class="skeleton" />
        </div>
      ))}
    </div>
  );
}

interface StageProps {
  store: Store;
  rows: ReadonlyMap<string, HeatRow>;
  lines: readonly HeatLine[];
  scale: ColourScale;
  room: number;
}

function HeatStage({ store, rows, lines, scale, room }: StageProps) {
  const { ref: scroller, view, measure } = useScrollWindow();
  const [canvasRef, width] = useWidth();
  // Of the folded ones as well: the steps stay where they are.
  const domain = useMemo(() => heatDomain([...rows.values()]), [rows]);
  const rowHeight = heatRowHeight(lines.length, room, store.grouped.value);
  const height = Math.min(lines.length * rowHeight, Math.max(rowHeight, room));
  const heat: Heat = {
    store,
    lines,
    domain,
    scale,
    rowHeight,
    width,
    top: view.value.top,
    height,
  };
  useScrollToRow(heat, scroller);
  return (
    <div class="heat-sheet">
      <div
        class="heat-scroller"
        ref={scroller}
        style={{ height: `${height}px` }}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move through its cells
        tabIndex={0}
        role="application"
        data-testid="tensor-heatmap"
        aria-label={`Heat map of ${formatCount(rows.size)} tensors over training steps. Arrow keys move from cell to cell, Enter selects the tensor.`}
        aria-describedby="heat-readout"
        onScroll={measure}
        onKeyDown={(event) => keyed(event, heat)}
        onPointerMove={(event) => pointed(event, heat)}
        onPointerLeave={() => store.pointAt(null)}
        onClick={(event) => selectAt(event, heat)}
      >
        <div class="heat-rows" style={{ height: `${lines.length * rowHeight}px` }}>
          <HeatLabels heat={heat} width={view.value.width - AFTER_CELLS - width} />
          <div class="heat-canvas" ref={canvasRef} style={{ height: `${height}px` }}>
            {width > 0 && <HeatCanvas heat={heat} />}
            <HeatMarks heat={heat} />
          </div>
        </div>
      </div>
      <HeatAxis heat={heat} />
    </div>
  );
}

/** Keeps the chosen tensor, and the cursor once it is moved by key, in sight. */
function useScrollToRow(heat: Heat, scroller: { current: HTMLElement | null }): void {
  const { store, lines, rowHeight, height } = heat;
  const chosen = store.tag.value;
  const cursor = store.cell.value?.tag ?? null;
  const show = (tag: string | null) => {
    const index = lineOf(lines, tag);
    if (scroller.current && index >= 0)
      scrollIntoSight(scroller.current, index * rowHeight, rowHeight);
  };
  useEffect(() => show(chosen), [chosen, height]);
  useEffect(() => {
    if (scroller.current?.matches(":focus-visible")) show(cursor);
  }, [cursor]);
}

/** Saves the rows in sight with steps and legend, as they look; gives the file's name. */
async function saveHeatmap(store: Store): Promise<string> {
  const { saveView } = await import("../charts/picture");
  const [shown, all] = [store.shownRows.peek(), store.rows.peek()];
  const count = shown.length === all.length ? "" : `${formatCount(shown.length)} of `;
  return saveView(store, {
    parts: ".heat-legend, .heat-sheet",
    scroller: ".heat-scroller",
    told: `${count}${plural(all.length, "tensor")} by ${orderBy(store.sort.peek(), store.measure.peek())}`,
    name: "heat-map",
  });
}
