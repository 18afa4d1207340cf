import "../charts/charts.css";
import "./map.css";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { MaybeNumber, Measure, Role } from "../api/replies";
import { Ramp, Swatch } from "../charts/colour-scale";
import {
  BROKEN,
  brushOf,
  type ColourScale,
  codeOf,
  GAP,
  heatScale,
  NOTHING_THERE,
  paintPixels,
  paintRow,
  UNSCALED,
} from "../charts/colours";
import { FigureMenu } from "../charts/figure-menu";
import { TableOfChart } from "../charts/table-of-chart";
import { textWidth } from "../host/text-width";
import { mapOf } from "../model/layers";
import { coloured, colouredBy, hasNoScale } from "../model/measures";
import { sharedEnds } from "../model/names";
import { DEFAULT_SORT, type Row, sortRows } from "../model/rows";
import type { Store } from "../store/store";
import { GroupButton } from "../ui/group-button";
import { isShortcut, keyMoves } from "../ui/keys";
import { measureInShort } from "../ui/movement-text";
import { Remark } from "../ui/remark";
import { scrollIntoSight, useScrollWindow, useWidth } from "../ui/size";
import { PARAMETERS, verdictWord } from "../words/labels";
import { shownName, visible } from "../words/names";
import { formatCount, plural } from "../words/numbers";
import { type Cell, cellAt, cellBeside, type Layout, layOut, linesBetween } from "./layout";
import { mapTable } from "./table";

const BROKE: ReadonlySet<string> = new Set(["non_finite", "exploding", "collapsed"]);
/** Never moved: hatched, so that it reads without colour. */
const STILL = UNSCALED;
const ROWS_OF_A_PAGE = 10;

/** The model as layers down and modules across: a cell is a tensor, its colour how far it moved. */
export function ModelMap({ store }: { store: Store }) {
  const [shown, roles] = [store.shownRows.value, store.roles.value];
  const rows = useMemo(() => mapped(shown, roles), [shown, roles]);
  const [asTable, setAsTable] = useState(false);
  return (
    <div class="map-view">
      <Legend store={store} rows={rows} />
      <div class="map-line">
        {asTable ? (
          <p class="map-readout">Each tensor, layer by layer</p>
        ) : (
          <Readout store={store} rows={rows} />
        )}
        {shown.length > 0 && (
          <FigureMenu
            of="picture"
            title="Map"
            formats={["png"]}
            save={() => saveMap(store, rows.length)}
            tell={store.tell}
            table={{ shown: asTable, show: setAsTable }}
          />
        )}
      </div>
      {shown.length > 0 &&
        (asTable ? (
          <TableOfChart title="Map" table={mapTable(rows)} />
        ) : (
          <Stage store={store} rows={rows} />
        ))}
      <Remark store={store} />
    </div>
  );
}

/** Saves the layers in sight with the legend, as they look; gives the file's name. */
async function saveMap(store: Store, tensors: number): Promise<string> {
  const { saveView } = await import("../charts/picture");
  return saveView(store, {
    parts: ".map-legend, .map-scroller",
    scroller: ".map-scroller",
    told: `${plural(tensors, "tensor")}: layers down, modules across`,
    name: "map",
  });
}

/** The parameters, unless others alone are shown or were asked for. */
function mapped(rows: readonly Row[], roles: readonly Role[]): readonly Row[] {
  const parameters = rows.filter(({ role }) => PARAMETERS.has(role));
  return parameters.length === 0 || roles.length > 0 ? rows : parameters;
}

interface PartProps {
  store: Store;
  rows: readonly Row[];
}

/** What a cell is coloured by: the measure at its last step. */
function shadeOf(row: Row): MaybeNumber {
  if (hasNoScale(row)) return null;
  return coloured(row).at(-1) ?? null;
}

function codeOfTensor(row: Row, scale: ColourScale): number {
  if (BROKE.has(row.verdict)) return BROKEN;
  if (row.verdict === "unchanged") return STILL;
  return codeOf(shadeOf(row), false, scale);
}

const measureOf = (store: Store, rows: readonly Row[]) =>
  rows[0]?.sparkline.measure ?? store.measure.value;

function scaleOf(rows: readonly Row[], measure: Measure): ColourScale {
  const known = rows.filter(({ verdict }) => !BROKE.has(verdict));
  const largest = known.reduce((most, row) => Math.max(most, shadeOf(row) ?? 0), 0);
  return heatScale(measure, largest);
}

function Legend({ store, rows }: PartProps) {
  const theme = store.theme.value;
  const measure = measureOf(store, rows);
  return (
    <div class="view-legend map-legend" data-testid="map-legend">
      <p>{colouredBy(measure)}</p>
      <Ramp theme={theme} scale={scaleOf(rows, measure)} measure={measure} />
      <div class="legend">
        <Swatch theme={theme} code={BROKEN} text="broke" />
        <Swatch theme={theme} code={STILL} text="never moved" />
        <Swatch theme={theme} code={GAP} text="nothing to compare" />
      </div>
    </div>
  );
}

/** The tensor under the pointer or the cursor, in words. */
function Readout({ store, rows }: PartProps) {
  const tag = store.cell.value?.tag;
  const row = tag === undefined ? undefined : store.rows.value.find((each) => each.tag === tag);
  return (
    <p class="map-readout" id="map-readout" role="status" data-testid="map-readout">
      {row ? (
        <>
          <b>{shownName(row.tag)}</b>
          <span>{`${verdictWord(row.verdict)}, ${measureInShort(row)}`}</span>
        </>
      ) : (
        `${plural(rows.length, "tensor")}: point at one to read it, click to select it`
      )}
    </p>
  );
}

const BESIDE_NAMES = 8;
/** For the names of layers, in pixels of a map that is so wide. */
const roomForNames = (width: number) => Math.min(132, Math.max(72, Math.round(0.2 * width)));

function Stage({ store, rows }: PartProps) {
  const { ref: scroller, view, measure } = useScrollWindow();
  const [sheet, whole] = useWidth();
  const cells = useRef<HTMLDivElement>(null);
  const folded = store.folded.value;
  const names = roomForNames(whole);
  const width = Math.max(0, whole - names);
  const layout = useMemo(() => {
    // Of a folded scope, what is most serious is seen.
    const ends = sharedEnds(rows.map(({ tag }) => tag));
    const sections = mapOf(sortRows(rows, DEFAULT_SORT), ends, folded);
    return layOut(sections, { names: names - BESIDE_NAMES, cells: width, widthOf: textWidth() });
  }, [rows, width, folded]);
  const { top, height } = view.value;
  useScrollToCell(store, layout, scroller);
  const at = (event: MouseEvent) => {
    const box = cells.current?.getBoundingClientRect();
    return box ? cellAt(layout, event.clientX - box.left, event.clientY - box.top) : null;
  };
  return (
    <div
      class="map-scroller"
      ref={scroller}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move through its cells
      tabIndex={0}
      role="application"
      data-testid="tensor-map"
      aria-label={`Map of ${formatCount(rows.length)} tensors: layers down, modules across. Arrow keys move from tensor to tensor, Enter selects.`}
      aria-describedby="map-readout"
      onScroll={measure}
      onPointerMove={(event) => point(store, at(event))}
      onPointerLeave={() => store.pointAt(null)}
      onClick={(event) => {
        const cell = at(event);
        if (cell) store.selectTag(cell.row.tag);
      }}
      onKeyDown={(event) => keyed(event, store, layout)}
    >
      <div
        class="map-sheet"
        ref={sheet}
        style={{ height: `${layout.height}px`, "--layers": `${names}px` }}
      >
        <Names layout={layout} top={top} bottom={top + height} fold={store.fold} />
        <div class="map-cells" ref={cells}>
          {width > 0 && <Cells {...{ store, layout, rows, width, top, height }} />}
          <Mark layout={layout} tag={store.tag.value} kind="chosen" />
          <Mark layout={layout} tag={store.cell.value?.tag ?? null} kind="cursor" />
        </div>
      </div>
    </div>
  );
}

function point(store: Store, cell: Cell | null): void {
  store.pointAt(cell && { tag: cell.row.tag, step: cell.row.lastStep ?? 0 });
}

function keyed(event: KeyboardEvent, store: Store, layout: Layout): void {
  if (isShortcut(event) || event.target !== event.currentTarget) return;
  const tag = store.cell.peek()?.tag ?? store.tag.peek();
  const first = layout.lines.flatMap(({ cells }) => cells)[0];
  const from = layout.byTag.get(tag ?? "") ?? first;
  const along = keyMoves(event, { across: 1 });
  const down = keyMoves(event, { down: 1, page: ROWS_OF_A_PAGE });
  if (!from) return;
  if (along !== null) point(store, cellBeside(layout, from, [along, 0]));
  else if (down !== null) point(store, cellBeside(layout, from, [0, down]));
  else if (event.key === "Escape") store.pointAt(null);
  else if (event.key !== "Enter" && event.key !== " ") return;
  else store.selectTag(from.row.tag);
  event.preventDefault();
}

interface NamesProps {
  layout: Layout;
  top: number;
  bottom: number;
  fold: Store["fold"];
}

/** Layers at the left of their cells, modules above theirs. */
function Names({ layout, top, bottom, fold }: NamesProps) {
  return (
    <div class="map-names">
      {linesBetween(layout, top, bottom).map((line) => (
        <div
          key={line.top}
          class={line.modules ? "map-head" : "map-layer"}
          style={{ top: `${line.top}px`, height: `${line.height}px` }}
        >
          <span class="map-name" title={line.title} style={{ paddingLeft: `${line.indent}px` }}>
            {line.rows.length > 0 ? (
              <GroupButton
                group={{ ...line, label: line.name }}
                title={line.title}
                open={line.open}
                fold={fold}
              />
            ) : (
              visible(line.name)
            )}
          </span>
          {line.modules?.map((module) => (
            <span
              key={module.left}
              class="map-module"
              title={module.title}
              style={{ left: `calc(var(--layers) + ${module.left}px)`, width: `${module.width}px` }}
            >
              <span>{module.name}</span>
            </span>
          ))}
        </div>
      ))}
    </div>
  );
}

interface CellsProps {
  store: Store;
  layout: Layout;
  rows: readonly Row[];
  width: number;
  top: number;
  height: number;
}

/** What is in sight, painted as the heat map is: as quick for two thousand tensors as for twenty. */
function Cells({ store, layout, rows, width, top, height }: CellsProps) {
  const ref = useRef<HTMLCanvasElement>(null);
  const ratio = window.devicePixelRatio || 1;
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  const theme = store.theme.value;
  const measure = measureOf(store, rows);
  const scale = useMemo(() => scaleOf(rows, measure), [rows, measure]);
  useLayoutEffect(() => {
    paintPixels(ref.current, (pixels) => {
      const brush = brushOf(theme, ratio);
      for (const line of linesBetween(layout, top, top + height)) {
        const codes = new Uint8Array(across).fill(NOTHING_THERE);
        for (const { row, left, width } of line.cells)
          codes.fill(
            codeOfTensor(row, scale),
            Math.round(left * ratio),
            Math.round((left + width) * ratio),
          );
        const start = Math.round((line.top - top) * ratio);
        const end = Math.round((line.top + line.height - 1 - top) * ratio);
        paintRow(pixels, across, codes, start, end, brush);
      }
    });
  }, [layout, scale, across, down, top, theme]);
  return (
    <canvas
      ref={ref}
      data-testid="map-canvas"
      width={across}
      height={down}
      style={{ top: `${top}px`, width: `${width}px`, height: `${height}px` }}
    />
  );
}

function Mark({ layout, tag, kind }: { layout: Layout; tag: string | null; kind: string }) {
  const cell = layout.byTag.get(tag ?? "");
  const line = cell && layout.lines[cell.line];
  if (!cell || !line) return null;
  const place = { top: `${line.top - 1}px`, height: `${line.height + 1}px` };
  const span = { left: `${cell.left - 1}px`, width: `${cell.width + 2}px` };
  return <i class={`map-mark ${kind}`} data-testid={`map-${kind}`} style={{ ...place, ...span }} />;
}

/** The chosen tensor, and the cursor once it is moved by key, stay in sight. */
function useScrollToCell(
  store: Store,
  layout: Layout,
  scroller: { current: HTMLElement | null },
): void {
  const [chosen, cursor] = [store.tag.value, store.cell.value?.tag ?? null];
  const show = (tag: string | null) => {
    const line = layout.lines[layout.byTag.get(tag ?? "")?.line ?? -1];
    if (scroller.current && line) scrollIntoSight(scroller.current, line.top, line.height);
  };
  useEffect(() => show(chosen), [chosen]);
  useEffect(() => {
    if (scroller.current?.matches(":focus-visible")) show(cursor);
  }, [cursor]);
}
