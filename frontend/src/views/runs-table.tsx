import "../styles/runs-table.css";
import { useEffect } from "preact/hooks";
import type { ComparedRow, ComparedRun } from "../compared";
import type { Store } from "../state";
import { Remark } from "./remark";
import { RunHeadCell } from "./run-head-cell";
import { RunsBar } from "./runs-bar";
import { RunsInvitation } from "./runs-invitation";
import { RunsRow } from "./runs-row";
import { type ScrollWindow, useScrollWindow } from "./scroll-window";
import { placesOf, Spacer } from "./tensor-table";
import { scrollToShow, windowOf } from "./virtual-rows";

const HEADER_HEIGHT = 48;
const NAME_WIDTH = 176;
const RUN_WIDTH = 160;

/** Tensors by runs: how far each moved in each run, and how that compares with one of them. */
export function RunsTable({ store }: { store: Store }) {
  return store.chosenRuns.value.length < 2 ? (
    <RunsInvitation store={store} />
  ) : (
    <Comparison store={store} />
  );
}

function Comparison({ store }: { store: Store }) {
  const { ref: scroller, view, measure } = useScrollWindow();
  const [runs, rows] = [store.comparedRuns.value, store.orderedComparison.value];
  const selected = rows.findIndex(({ tag }) => tag === store.tag.value);
  useEffect(() => {
    const element = scroller.current;
    if (!element || selected < 0) return;
    const room = element.clientHeight - HEADER_HEIGHT;
    element.scrollTop = scrollToShow(selected, element.scrollTop, room);
  }, [store.tag.value]);
  return (
    <div class="runs-view">
      <RunsBar store={store} />
      <div class="table-scroller" ref={scroller} onScroll={measure}>
        <table
          class="tensor-table runs-table"
          // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: its rows are selected by key
          role="grid"
          tabIndex={0}
          data-testid="runs-table"
          aria-label="Movement of each tensor in each run"
          aria-rowcount={rows.length + 1}
          aria-activedescendant={selected < 0 ? undefined : `runs-row-${selected}`}
          aria-busy={runs.some(({ overview }) => overview.data === null && overview.loading)}
          style={{ minWidth: `${NAME_WIDTH + RUN_WIDTH * runs.length}px` }}
          onKeyDown={(event) => selectByKey(event, store, rows, view.value.height)}
        >
          <thead>
            <tr aria-rowindex={1}>
              <th scope="col" class="cell-tag">
                Tensor
              </th>
              {runs.map((run) => (
                <RunHeadCell key={run.run} store={store} compared={run} />
              ))}
            </tr>
          </thead>
          <Rows store={store} rows={rows} runs={runs} view={view.value} />
        </table>
        <Remark store={store} />
      </div>
    </div>
  );
}

/** Past the tensors that the leading run does not have: there is no detail of them to show. */
function selectByKey(
  event: KeyboardEvent,
  store: Store,
  rows: readonly ComparedRow[],
  height: number,
): void {
  const places = placesOf(event, height);
  if (places === null) return;
  event.preventDefault();
  const own = new Set(store.rows.peek().map(({ tag }) => tag));
  const tags = rows.map(({ tag }) => tag).filter((tag) => own.has(tag));
  const at = tags.indexOf(store.tag.peek() ?? "");
  const tag = tags[Math.min(tags.length - 1, Math.max(0, at + places))];
  if (tag !== undefined) store.selectTag(tag);
}

interface RowsProps {
  store: Store;
  rows: readonly ComparedRow[];
  runs: readonly ComparedRun[];
  view: ScrollWindow;
}

function Rows({ store, rows, runs, view }: RowsProps) {
  const { start, end } = windowOf(rows.length, view.top, view.height);
  const [shared, reference] = [store.shared.value, store.referenceRun.value ?? ""];
  const leadAt = runs.findIndex(({ run }) => run === store.run.value);
  return (
    <>
      <Spacer rows={start} />
      <tbody>
        {rows.slice(start, end).map((row, i) => (
          <RunsRow
            key={row.tag}
            row={row}
            runs={runs}
            reference={reference}
            shared={shared}
            index={start + i}
            selected={row.tag === store.tag.value}
            select={row.cells[leadAt] ? store.selectTag : null}
          />
        ))}
      </tbody>
      <Spacer rows={rows.length - end} />
    </>
  );
}
