import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { LogBarAxis } from "../charts/log-bar";
import { formatCount, plural } from "../format";
import type { Sort, SortColumn } from "../rows";
import type { Store } from "../state";
import { sharedEnds } from "./tag-name";
import { TensorRow } from "./tensor-row";
import { ROW_HEIGHT, scrollToShow, windowOf } from "./virtual-rows";

const HEADER_HEIGHT = 44;
const SKELETON_ROWS = 12;

/** All tensors, ranked; only the rows in sight are drawn, so that thousands stay quick. */
export function TensorTable({ store }: { store: Store }) {
  const scroller = useRef<HTMLDivElement>(null);
  const view = useSignal({ top: 0, height: 600 });
  const measure = () => {
    const element = scroller.current;
    if (element) view.value = { top: element.scrollTop, height: element.clientHeight };
  };
  useLayoutEffect(() => {
    measure();
    const observer = new ResizeObserver(measure);
    if (scroller.current) observer.observe(scroller.current);
    return () => observer.disconnect();
  }, []);
  const rows = store.shownRows.value;
  const selected = rows.findIndex(({ tag }) => tag === store.tag.value);
  useScrollToSelection(store, scroller);
  return (
    <section class="table-panel" aria-label="Tensors">
      <div class="table-scroller" ref={scroller} onScroll={measure}>
        <table
          class="tensor-table"
          // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: its rows are selected by key
          role="grid"
          tabIndex={0}
          data-testid="tensor-table"
          aria-label="Tensors, ranked by movement"
          aria-rowcount={rows.length + 1}
          aria-activedescendant={selected < 0 ? undefined : `tensor-row-${selected}`}
          aria-busy={store.overview.value.data === null}
          onKeyDown={(event) => moveByKey(event, store, view.value.height)}
        >
          <TableHead store={store} />
          <TableBody store={store} view={view.value} />
        </table>
        <Remark store={store} />
      </div>
    </section>
  );
}

/** Keys and links may select a row out of sight; the first default leaves the ranking on top. */
function useScrollToSelection(store: Store, scroller: { current: HTMLElement | null }): void {
  const tag = store.tag.value;
  const ready = store.overview.value.data !== null;
  const leave = useRef(tag === null);
  useEffect(() => {
    const element = scroller.current;
    const index = store.shownRows.peek().findIndex((row) => row.tag === tag);
    if (!element || !ready || index < 0) return;
    const room = element.clientHeight - HEADER_HEIGHT;
    if (!leave.current) element.scrollTop = scrollToShow(index, element.scrollTop, room);
    leave.current = false;
  }, [tag, ready]);
}

const PLACES: Record<string, (page: number) => number> = {
  ArrowDown: () => 1,
  ArrowUp: () => -1,
  PageDown: (page) => page,
  PageUp: (page) => -page,
  Home: () => -Infinity,
  End: () => Infinity,
};

function moveByKey(event: KeyboardEvent, store: Store, height: number): void {
  const places = PLACES[event.key];
  if (!places || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  store.moveSelection(places(Math.max(1, Math.floor(height / ROW_HEIGHT) - 2)));
}

function TableHead({ store }: { store: Store }) {
  const sort = store.sort.value;
  const head = (column: SortColumn, label: string) => (
    <HeadCell column={column} label={label} sort={sort} onClick={() => store.sortBy(column)} />
  );
  const total = store.rows.value.length;
  const shown = store.shownRows.value.length;
  const count =
    shown === total ? formatCount(total) : `${formatCount(shown)} of ${formatCount(total)}`;
  return (
    <thead>
      <tr aria-rowindex={1}>
        {head("tag", total > 0 ? `Tensor (${count})` : "Tensor")}
        {head("role", "Role")}
        {head("verdict", "Verdict")}
        <th class="cell-sparkline" scope="col">
          Over steps
        </th>
        <th class="cell-bar" scope="col">
          <LogBarAxis />
        </th>
        {head("movement", "Movement")}
      </tr>
    </thead>
  );
}

interface HeadCellProps {
  column: SortColumn;
  label: string;
  sort: Sort;
  onClick: () => void;
}

function HeadCell({ column, label, sort, onClick }: HeadCellProps) {
  const sorted = sort.column === column;
  const order = sorted ? (sort.descending ? "descending" : "ascending") : "none";
  return (
    <th scope="col" class={`cell-${column}`} aria-sort={order}>
      <button type="button" data-testid={`sort-${column}`} onClick={onClick} tabIndex={-1}>
        {label}
        <span class="sort-mark" aria-hidden="true">
          {sorted ? (sort.descending ? "↓" : "↑") : ""}
        </span>
      </button>
      {column === "movement" && <span class="unit">% of initial …</span>}
    </th>
  );
}

function TableBody({ store, view }: { store: Store; view: { top: number; height: number } }) {
  const rows = store.shownRows.value;
  const all = store.rows.value;
  const shared = useMemo(() => sharedEnds(all.map(({ tag }) => tag)), [all]);
  if (store.overview.value.data === null) return <SkeletonBody />;
  const { start, end } = windowOf(rows.length, view.top, view.height);
  return (
    <>
      <Spacer rows={start} />
      <tbody>
        {rows.slice(start, end).map((row, i) => (
          <TensorRow
            key={row.tag}
            row={row}
            shared={shared}
            index={start + i}
            selected={row.tag === store.tag.value}
            select={store.selectTag}
          />
        ))}
      </tbody>
      <Spacer rows={rows.length - end} />
    </>
  );
}

/** Stands for so many rows out of sight. */
function Spacer({ rows }: { rows: number }) {
  return (
    <tbody aria-hidden="true">
      <tr style={{ height: `${rows * ROW_HEIGHT}px` }} />
    </tbody>
  );
}

function SkeletonBody() {
  return (
    <tbody aria-hidden="true">
      {Array.from({ length: SKELETON_ROWS }, (_, i) => (
        <tr key={String(i)}>
          <td colSpan={6}>
            <i class="skeleton" style={{ width: `${92 - ((i * 17) % 40)}%` }} />
          </td>
        </tr>
      ))}
    </tbody>
  );
}

/** Why no row is in sight. */
function Remark({ store }: { store: Store }) {
  if (store.overview.value.data === null || store.shownRows.value.length > 0) return null;
  const total = store.rows.value.length;
  if (total === 0) return <p class="table-remark">This run has no histograms yet.</p>;
  return (
    <div class="table-remark" data-testid="no-match">
      <p>{`None of the ${plural(total, "tensor")} matches the filter.`}</p>
      <button type="button" class="button" onClick={() => store.clearFilters()}>
        Show all
      </button>
    </div>
  );
}
