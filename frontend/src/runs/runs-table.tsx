import "./runs.css";
import { useEffect, useMemo } from "preact/hooks";
import { textWidth } from "../host/text-width";
import { MEASURE_WORDS } from "../model/measures";
import { Names } from "../model/names";
import { type ComparedRow, type ComparedRun, tellSteps } from "../store/compared";
import type { Store } from "../store/store";
import { keyMoves } from "../ui/keys";
import { RunKey, SharedEnds } from "../ui/marks";
import { Remark } from "../ui/remark";
import {
  rowsOnPage,
  Spacer,
  showRow,
  useScrollWindow,
  useStartOf,
  useWidth,
  windowOf,
} from "../ui/size";
import { shownName } from "../words/names";
import { formatCount, plural } from "../words/numbers";
import { RunList } from "./run-list";
import { RunsRow } from "./runs-row";

const HEADER_HEIGHT = 48;
const LEAST_NAME_WIDTH = 176;
/** At both sides of a name. */
const PADDING = 24;
const RUN_WIDTH = 160;
const STEP_WIDTH = 72;

/** Tensors by runs: how far each moved in each run, and how that compares with one of them. */
export function RunsTable({ store }: { store: Store }) {
  return store.comparing.value ? <Comparison store={store} /> : <RunList store={store} />;
}

function Comparison({ store }: { store: Store }) {
  const { ref: scroller, view, measure } = useScrollWindow();
  const [nameHead, room] = useWidth();
  const [runs, rows] = [store.comparedRuns.value, store.orderedComparison.value];
  const tellsStep = tellSteps(rows);
  const beside = (tellsStep ? STEP_WIDTH : 0) + RUN_WIDTH * runs.length;
  // Until names are whole they have what is free; then it is shared out among the runs.
  const wanted = Math.min(store.names.value.widest + PADDING, view.value.width - beside);
  const nameWidth = Math.max(LEAST_NAME_WIDTH, wanted);
  const { name } = MEASURE_WORDS[store.measure.value];
  const selected = rows.findIndex(({ tag }) => tag === store.tag.value);
  const { start, end } = windowOf(rows.length, view.value.top, view.value.height);
  const drawn = start <= selected && selected < end;
  useEffect(() => {
    if (scroller.current && selected >= 0) showRow(scroller.current, selected, HEADER_HEIGHT);
  }, [store.tag.value]);
  useStartOf(store.order.value, scroller);
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
          aria-label={`${name}: each tensor in each run`}
          aria-rowcount={rows.length + 1}
          aria-activedescendant={drawn ? `runs-row-${selected}` : undefined}
          aria-busy={runs.some(({ overview }) => overview.data === null && overview.loading)}
          style={{ minWidth: `${LEAST_NAME_WIDTH + beside}px` }}
          onKeyDown={(event) => selectByKey(event, store, rows, view.value.height)}
        >
          <thead>
            <tr aria-rowindex={1}>
              <th scope="col" class="cell-tag" style={{ width: `${nameWidth}px` }}>
                <SharedEnds store={store} room={nameHead} />
                Tensor
              </th>
              {tellsStep && (
                <th scope="col" class="cell-step">
                  At step
                </th>
              )}
              {runs.map((run) => (
                <RunHeadCell key={run.run} store={store} compared={run} />
              ))}
            </tr>
          </thead>
          <Rows {...{ store, rows, runs, tellsStep, room, start, end }} />
        </table>
        <Remark store={store} />
      </div>
    </div>
  );
}

/** What is compared, and at which step: the last in common, unless each run is to tell its last. */
function RunsBar({ store }: { store: Store }) {
  const aligned = store.aligned.value;
  const { name } = MEASURE_WORDS[store.measure.value];
  return (
    <p class="runs-bar view-legend">
      <button
        type="button"
        class="text-button"
        data-testid="back-to-runs"
        onClick={() => store.listRuns(true)}
      >
        all runs
      </button>
      <span data-testid="compared-at">
        {`${name}: each tensor's, and its ratio to the reference`}
        {aligned ? comparedAt(store.orderedComparison.value) : OWN_LAST}
      </span>
      {store.unequal.value && (
        <button
          type="button"
          class="text-button"
          data-testid="toggle-aligned"
          onClick={store.toggleAligned}
        >
          {aligned ? "each run's last step" : "last common step"}
        </button>
      )}
    </p>
  );
}

const OWN_LAST = ", each at its run's own last step: longer runs have had more time to move.";

/** To follow what is compared. */
export function comparedAt(rows: readonly ComparedRow[]): string {
  const apart = rows.filter((row) => row.apart).length;
  const steps = rows.flatMap(({ step }) => step ?? []);
  if (steps.length === 0) return apart > 0 ? `. There is no common step${OWN_LAST}` : ".";
  const [first, last] = [Math.min(...steps), Math.max(...steps)].map(formatCount);
  const at =
    first === last
      ? `, at step ${first}, the last that all runs have.`
      : `, each tensor at the last step that its runs have in common: ${first} to ${last}.`;
  return apart > 0 ? `${at} ${plural(apart, "tensor")} without one: at each run's last.` : at;
}

/** Past the tensors that the leading run does not have: there is no detail of them to show. */
function selectByKey(
  event: KeyboardEvent,
  store: Store,
  rows: readonly ComparedRow[],
  height: number,
): void {
  const places = keyMoves(event, { down: 1, page: rowsOnPage(height) });
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
  tellsStep: boolean;
  /** Those in sight. */
  start: number;
  end: number;
  /** For names, in pixels. */
  room: number;
}

function Rows({ store, rows, runs, tellsStep, start, end, room }: RowsProps) {
  const reference = store.referenceRun.value ?? "";
  const names = useMemo(() => {
    const tags = rows.map(({ tag }) => tag);
    return new Names(tags, store.names.value.ends, textWidth());
  }, [rows, store.names.value]);
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
            names={names}
            room={room}
            tellsStep={tellsStep}
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

/** A run's column: its line, its name to order by, and whether the ratios refer to it. */
function RunHeadCell({ store, compared }: { store: Store; compared: ComparedRun }) {
  const { run, slot, overview } = compared;
  const order = store.order.value?.run === run ? store.order.value : null;
  const sorted = order === null ? "none" : order.descending ? "descending" : "ascending";
  const isReference = run === store.referenceRun.value;
  return (
    <th scope="col" class="cell-run" aria-sort={sorted} data-run={run}>
      <button
        type="button"
        class="run-order"
        data-testid="run-order"
        title={`${shownName(run)}: order by ${isReference ? "its measure" : "the ratio to the reference"}`}
        onClick={() => store.orderByRun(run)}
      >
        <RunKey slot={slot} />
        <span class="run-name">{shownName(run)}</span>
        <span class="sort-mark" aria-hidden="true">
          {order === null ? "" : order.descending ? "↓" : "↑"}
        </span>
      </button>
      {overview.error && !overview.data ? (
        <span class="run-problem" title={overview.error.message}>
          {overview.error.message}
        </span>
      ) : isReference ? (
        <span class="is-reference">reference</span>
      ) : (
        <button
          type="button"
          class="text-button"
          data-testid="make-reference"
          aria-label={`Compare with ${shownName(run)}`}
          onClick={() => store.chooseReference(run)}
        >
          make reference
        </button>
      )}
    </th>
  );
}
