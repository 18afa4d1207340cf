import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { entryIndex } from "../model/groups";
import { isSortColumn } from "../model/rows";
import type { Store } from "../store/store";
import { isShortcut, keyMoves } from "../ui/keys";
import { SharedEnds } from "../ui/marks";
import { MarksSaid } from "../ui/movement-text";
import { Remark } from "../ui/remark";
import {
  rowsOnPage,
  type ScrollWindow,
  Spacer,
  showRow,
  useScrollWindow,
  useStartOf,
  useWidth,
  windowOf,
} from "../ui/size";
import { verdictLines } from "./bars";
import { type Column, columnsFor, GroupRow, TensorRow } from "./columns";

const HEADER_HEIGHT = 44;
const SKELETON_ROWS = 12;
/** At both sides of a name. */
const PADDING = 24;
/** By which what is in a group stands below its head. */
const INDENT = 16;

/** All tensors, ranked; only the rows in sight are drawn, so that thousands stay quick. */
export function TensorTable({ store }: { store: Store }) {
  const { ref: scroller, view, measure } = useScrollWindow();
  const entries = store.entries.value;
  const selected = entryIndex(entries, store.tag.value);
  const { start, end } = windowOf(entries.length, view.value.top, view.value.height);
  const drawn = start <= selected && selected < end;
  const limits = store.overview.value.data?.thresholds;
  const [nameHead, room] = useWidth();
  const columns = columnsFor(view.value.width, store.names.value.widest + PADDING);
  useScrollToSelection(store, scroller);
  useStartOf(store.sort.value, scroller);
  return (
    <div class="table-scroller" ref={scroller} onScroll={measure}>
      <table
        class="tensor-table"
        style={limits && verdictLines(limits)}
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: its rows are selected by key
        role="grid"
        tabIndex={0}
        data-testid="tensor-table"
        aria-label="Tensors"
        aria-rowcount={entries.length + 1}
        aria-activedescendant={drawn ? `tensor-row-${selected}` : undefined}
        aria-busy={store.overview.value.data === null}
        onKeyDown={(event) => moveByKey(event, store, view.value.height)}
      >
        <TableHead store={store} columns={columns} nameHead={nameHead} />
        <TableBody store={store} columns={columns} view={view.value} room={room} />
      </table>
      <Remark store={store} />
    </div>
  );
}

/** Keys and links may select a row out of sight; the first default leaves the ranking on top. */
function useScrollToSelection(store: Store, scroller: { current: HTMLElement | null }): void {
  const tag = store.tag.value;
  const ready = store.overview.value.data !== null;
  const listed = entryIndex(store.entries.value, tag) >= 0;
  const leave = useRef(tag === null);
  useEffect(() => {
    const element = scroller.current;
    if (!element || !ready || tag === null) return;
    const index = entryIndex(store.entries.peek(), tag);
    if (listed && !leave.current) showRow(element, index, HEADER_HEIGHT);
    leave.current = false;
  }, [tag, ready, listed]);
}

function moveByKey(event: KeyboardEvent, store: Store, height: number): void {
  const folds = event.key === "ArrowLeft" || event.key === "ArrowRight";
  if (folds && !isShortcut(event)) store.foldSelection(event.key === "ArrowLeft");
  const places = keyMoves(event, { down: 1, page: rowsOnPage(height) });
  if (places === null) return;
  event.preventDefault();
  store.moveSelection(places);
}

interface TableHeadProps {
  store: Store;
  columns: readonly Column[];
  /** As wide as there is room for names. */
  nameHead: RefObject<HTMLDivElement | null>;
}

function TableHead({ store, columns, nameHead }: TableHeadProps) {
  return (
    <thead>
      <tr aria-rowindex={1}>
        {columns.map(({ name, width, head }) => (
          <HeadCell
            key={name}
            name={name}
            width={width}
            label={head(store)}
            store={store}
            above={
              name === "tag" ? (
                <SharedEnds store={store} room={nameHead} />
              ) : (
                name === "movement" && <MarksSaid store={store} />
              )
            }
          />
        ))}
      </tr>
    </thead>
  );
}

interface HeadCellProps {
  name: string;
  width: number | undefined;
  label: ComponentChildren;
  store: Store;
  above: ComponentChildren;
}

function HeadCell({ name, width, label, store, above }: HeadCellProps) {
  const { column, descending } = store.sort.value;
  const style = width === undefined ? undefined : { width: `${width}px` };
  if (!isSortColumn(name))
    return (
      <th class={`cell-${name}`} scope="col" style={style}>
        {label}
      </th>
    );
  const order = column !== name ? "none" : descending ? "descending" : "ascending";
  return (
    <th scope="col" class={`cell-${name}`} aria-sort={order} style={style}>
      {above}
      <button type="button" data-testid={`sort-${name}`} onClick={() => store.sortBy(name)}>
        {label}
        <span class="sort-mark" aria-hidden="true">
          {{ none: "", descending: "↓", ascending: "↑" }[order]}
        </span>
      </button>
      {name === "movement" && store.measure.value === "movement" && (
        <span class="unit">% of …</span>
      )}
    </th>
  );
}

interface TableBodyProps {
  store: Store;
  columns: readonly Column[];
  view: ScrollWindow;
  /** For names, in pixels. */
  room: number;
}

function TableBody({ store, columns, view, room }: TableBodyProps) {
  const entries = store.entries.value;
  const chosen = store.tag.value;
  if (store.overview.value.data === null) return <SkeletonBody columns={columns.length} />;
  const { start, end } = windowOf(entries.length, view.top, view.height);
  const holder = entryIndex(entries, chosen);
  return (
    <>
      <Spacer rows={start} />
      <tbody>
        {entries.slice(start, end).map((entry, i) => {
          const index = start + i;
          if (entry.kind === "group")
            return (
              <GroupRow
                key={`scope ${entry.group.scope}`}
                {...entry}
                columns={columns}
                index={index}
                fold={store.fold}
                holdsSelection={index === holder}
              />
            );
          return (
            <TensorRow
              key={entry.row.tag}
              columns={columns}
              row={entry.row}
              names={entry.names}
              depth={entry.depth}
              room={room - INDENT * entry.depth}
              index={index}
              selected={index === holder}
              slot={store.pins.value.get(entry.row.tag)}
              store={store}
            />
          );
        })}
      </tbody>
      <Spacer rows={entries.length - end} />
    </>
  );
}

function SkeletonBody({ columns }: { columns: number }) {
  return (
    <tbody aria-hidden="true">
      {Array.from({ length: SKELETON_ROWS }, (_, i) => (
        <tr key={String(i)}>
          <td colSpan={columns}>
            <i class="skeleton" style={{ width: `${92 - ((i * 17) % 40)}%` }} />
          </td>
        </tr>
      ))}
    </tbody>
  );
}
