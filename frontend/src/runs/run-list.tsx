import "./run-list.css";
import { useMemo } from "preact/hooks";
import { tagMatcher } from "../model/filter";
import {
  type ListedRun,
  listRuns,
  type Param,
  paramColumn,
  type RunSummary,
  sortRuns,
} from "../model/run-list";
import { MOST_RUNS } from "../store/choice";
import type { Store } from "../store/store";
import { StateMark } from "../ui/marks";
import { Sparkline } from "../ui/sparkline";
import { howToCompare, stateWord } from "../words/labels";
import { shownName, visible } from "../words/names";
import { formatCount, formatNumber, formatRelative, plural } from "../words/numbers";

/** All runs of the logdir: how each fared, and what tells them apart. */
export function RunList({ store }: { store: Store }) {
  const [filter, sort] = [store.runsFilter.value, store.runsSort.value];
  const [data, summaries] = [store.runs.value.data, store.summaries.value];
  const list = useMemo(() => listRuns(data?.runs ?? [], summaries), [data, summaries]);
  const { runs, columns, shared } = list;
  const isNamed = runs.some(({ name }) => name !== "");
  const matcher = tagMatcher(filter, filter === store.linkedRunsFilter.value);
  const shown = sortRuns(runs, sort).filter((run) => matcher.matches(textOf(run, columns)));
  // The run that leads stays, shown or not.
  const together = new Set([...store.chosenRuns.value, ...shown.map(({ entry }) => entry.run)]);
  const isFew = 1 < together.size && together.size <= MOST_RUNS;
  const head = (column: string, label: string) => (
    <th
      key={column}
      scope="col"
      class={column === "median" ? "cell-median" : undefined}
      aria-sort={sort.column !== column ? "none" : sort.descending ? "descending" : "ascending"}
    >
      <button
        type="button"
        data-testid={`sort-runs-${column}`}
        onClick={() => store.sortRunsBy(column)}
      >
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
          onInput={(event) => store.filterRuns(event.currentTarget.value)}
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
          isFew && (
            <button
              type="button"
              class="button"
              data-testid="compare-all"
              onClick={() => store.compareAll([...together])}
            >
              {`Compare these ${plural(together.size, "run")}`}
            </button>
          )
        )}
        {matcher.problem && <span class="unit">{matcher.problem}</span>}
        <span class="unit">{howToCompare(MOST_RUNS)}</span>
        {shared && (
          <span class="unit" data-testid="shared-by-runs">
            {`In all names: ${shownName(shared)}`}
          </span>
        )}
      </div>
      <div class="table-scroller">
        <table class="tensor-table run-list-table" data-testid="all-runs" aria-label="Runs">
          <thead>
            <tr>
              <th class="cell-box">
                <span class="unseen">Compare</span>
              </th>
              {head("state", "State")}
              {head("median", "Median movement")}
              <th scope="col">Over steps</th>
              {isNamed && head("name", "Run")}
              {columns.map((name) => head(paramColumn(name), shownName(name)))}
            </tr>
          </thead>
          <tbody>
            {shown.map((run) => (
              <RunRow key={run.entry.run} store={store} run={run} {...{ columns, isNamed }} />
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
  /** Whether names say more than the columns do; else the first of these leads to the run. */
  isNamed: boolean;
}

function RunRow({ store, run: { entry, name, params, summary }, columns, isNamed }: RowProps) {
  const { run } = entry;
  const choose = () => store.chooseRun(run);
  const isShown = run === store.run.value;
  const link = (text: string) => (
    <button
      type="button"
      class="run-link"
      title={run}
      aria-label={run.includes(text) ? shownName(run) : `${text}: ${shownName(run)}`}
      aria-current={isShown}
    >
      {text}
    </button>
  );
  return (
    <tr
      data-run={run}
      class={isShown ? "leads" : undefined}
      title={summary?.sentence}
      onClick={choose}
    >
      <td class="cell-box">
        <CompareBox store={store} run={run} />
      </td>
      <td>{summary ? <StateMark state={summary.state} /> : <i class="skeleton" />}</td>
      <td class="cell-median">{summary && medianText(summary)}</td>
      <td>{summary && <Sparkline steps={summary.steps} values={summary.values} />}</td>
      {isNamed && <td class="cell-name">{link(shownName(name))}</td>}
      {columns.map((column, i) => {
        const text = paramText(params.get(column));
        return (
          <td key={column} class="cell-param" title={text}>
            {isNamed || i > 0 ? text : link(text)}
          </td>
        );
      })}
    </tr>
  );
}

/** The last run stays, and more than the most are not taken: the box shows what is. */
function CompareBox({ store, run }: { store: Store; run: string }) {
  const isChosen = () => store.chosenRuns.value.includes(run);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: its box hears the keys
    <label class="box-target" onClick={(event) => event.stopPropagation()}>
      <input
        type="checkbox"
        data-testid="run-compare"
        aria-label={`Compare ${shownName(run)}`}
        checked={isChosen()}
        onChange={({ currentTarget }) => {
          store.listRuns(true);
          store.toggleRun(run);
          currentTarget.checked = isChosen();
        }}
      />
    </label>
  );
}

function medianText({ state, median }: RunSummary): string {
  return state === "unknown" ? "nothing to compare" : formatRelative(median);
}

/** As it was set, not rounded like what is measured: seeds and sizes differ in any digit. */
function paramText(value: Param | undefined): string {
  if (value === undefined) return "";
  if (typeof value !== "number") return visible(String(value));
  return Number.isInteger(value) ? formatCount(value) : formatNumber(value, 6);
}

/** What a filter looks through: `lr=0.01` finds it wherever it was said. */
function textOf({ entry, params, summary }: ListedRun, columns: readonly string[]): string {
  const said = columns.map((column) => `${column}=${params.get(column) ?? ""}`);
  const state = summary ? stateWord(summary.state) : "";
  return [entry.run, ...said, `steps=${formatCount(entry.last_step)}`, state].join(" ");
}
