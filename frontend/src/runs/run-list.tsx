import "./run-list.css";
import { useState } from "preact/hooks";
import { tagMatcher } from "../model/filter";
import {
  type ListedRun,
  listRuns,
  type Param,
  type RunSort,
  type RunSummary,
  sortRuns,
} from "../model/run-list";
import { MOST_RUNS } from "../store/choice";
import type { Store } from "../store/store";
import { StateMark } from "../ui/marks";
import { Sparkline } from "../ui/sparkline";
import { shownName, visible } from "../words/names";
import { formatCount, formatNumber, formatRelative, plural } from "../words/numbers";

const FIRST_SORT: RunSort = { column: "state", descending: false };

/** All runs of the logdir: how each fared, and what tells them apart. */
export function RunList({ store }: { store: Store }) {
  const [filter, setFilter] = useState("");
  const [sort, setSort] = useState(FIRST_SORT);
  const { runs, columns } = listRuns(store.runs.value.data?.runs ?? [], store.summaries.value);
  const matcher = tagMatcher(filter);
  const shown = sortRuns(runs, sort).filter((run) => matcher.matches(textOf(run, columns)));
  const sortBy = (column: string) =>
    setSort({ column, descending: sort.column === column && !sort.descending });
  const head = (column: string, label: string) => (
    <th
      key={column}
      scope="col"
      aria-sort={sort.column !== column ? "none" : sort.descending ? "descending" : "ascending"}
    >
      <button type="button" data-testid={`sort-runs-${column}`} onClick={() => sortBy(column)}>
        {label}
        <span class="sort-mark" aria-hidden="true">
          {sort.column !== column ? "" : sort.descending ? "↓" : "↑"}
        </span>
      </button>
    </th>
  );
  return (
    <div class="run-list-view">
      <div class="run-list-bar">
        <input
          type="search"
          data-testid="runs-filter"
          placeholder={`Filter ${plural(runs.length, "run")}`}
          aria-label="Filter runs by name or hyper-parameter"
          value={filter}
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
        {store.chosenRuns.value.length > 1 ? (
          <button
            type="button"
            class="button"
            data-testid="compare-chosen"
            onClick={() => store.listRuns(false)}
          >
            {`Compare ${plural(store.chosenRuns.value.length, "run")}`}
          </button>
        ) : (
          runs.length > 1 &&
          shown.length <= MOST_RUNS && (
            <button
              type="button"
              class="button"
              data-testid="compare-all"
              onClick={() => store.compareAll(shown.map(({ entry }) => entry.run))}
            >
              Compare all of these
            </button>
          )
        )}
        <span class="unit">
          {`A click shows a run; boxes choose up to ${MOST_RUNS} to compare.`}
        </span>
      </div>
      <div class="table-scroller">
        <table class="tensor-table run-list-table" data-testid="all-runs" aria-label="Runs">
          <thead>
            <tr>
              <th class="cell-box">
                <span class="unseen">Compare</span>
              </th>
              {head("state", "State")}
              {head("name", "Run")}
              {columns.map((column) => head(column, shownName(column)))}
              {head("median", "Median movement")}
              <th scope="col">Over steps</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((run) => (
              <RunRow key={run.entry.run} store={store} run={run} columns={columns} />
            ))}
          </tbody>
        </table>
        {shown.length === 0 && <p class="table-remark">No run matches the filter.</p>}
      </div>
    </div>
  );
}

interface RowProps {
  store: Store;
  run: ListedRun;
  columns: readonly string[];
}

function RunRow({ store, run: { entry, name, params, summary }, columns }: RowProps) {
  const { run } = entry;
  const chosen = store.chosenRuns.value.includes(run);
  return (
    <tr data-run={run} aria-selected={run === store.run.value} title={summary?.sentence}>
      <td class="cell-box">
        <input
          type="checkbox"
          data-testid="run-compare"
          aria-label={`Compare ${shownName(run)}`}
          checked={chosen}
          onChange={() => {
            store.listRuns(true);
            store.toggleRun(run);
          }}
        />
      </td>
      <td>{summary ? <StateMark state={summary.state} /> : <i class="skeleton" />}</td>
      <td class="cell-name">
        <button type="button" class="run-link" title={run} onClick={() => store.chooseRun(run)}>
          {shownName(name)}
        </button>
      </td>
      {columns.map((column) => (
        <td key={column} class="cell-param">
          {paramText(params[column])}
        </td>
      ))}
      <td class="cell-median">{summary && medianText(summary)}</td>
      <td>{summary && <Sparkline steps={summary.steps} values={summary.values} />}</td>
    </tr>
  );
}

function medianText({ state, median }: RunSummary): string {
  return state === "unknown" ? "nothing to compare" : formatRelative(median);
}

function paramText(value: Param | undefined): string {
  if (value === undefined) return "";
  return typeof value === "number" ? formatNumber(value) : visible(String(value));
}

/** What a filter looks through: `lr=0.01` finds it wherever it was said. */
function textOf({ entry, params }: ListedRun, columns: readonly string[]): string {
  const said = columns.map((column) => `${column}=${params[column] ?? ""}`);
  return [entry.run, ...said, `steps=${formatCount(entry.last_step)}`].join(" ");
}
