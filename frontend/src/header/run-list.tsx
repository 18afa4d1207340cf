import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { RunEntry } from "../api/replies";
import { tagMatcher } from "../model/filter";
import { shortNames } from "../model/run-list";
import { MOST_RUNS } from "../store/choice";
import type { Store } from "../store/store";
import { RunKey } from "../ui/marks";
import { howToCompare } from "../words/labels";
import { shownName } from "../words/names";
import { formatCount, plural } from "../words/numbers";

const FEW_RUNS = 8;

interface RunListProps {
  store: Store;
  close: () => void;
}

/** All runs: a click on a name shows that run, a click on its box compares it with the others. */
export function RunList({ store, close }: RunListProps) {
  const [filter, reached] = [useSignal(""), useSignal<string | null>(null)];
  // Asked at every key, too: the next one may come before the page is drawn again.
  const list = () => {
    const runs = store.runs.value.data?.runs ?? [];
    const matcher = tagMatcher(filter.value);
    const shown = runs.filter(({ run }) => matcher.matches(run));
    const named = reached.value ?? (filter.value === "" ? store.run.value : null);
    const active = shown.findIndex(({ run }) => run === named);
    return { runs, shown, active: Math.max(0, active) };
  };
  const { runs, shown, active } = list();
  const names = useMemo(() => shortNames(runs.map(({ run }) => run)), [runs]);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const choose = (entry: RunEntry | undefined) => {
    if (entry) store.chooseRun(entry.run);
    close();
  };
  const compare = (entry: RunEntry | undefined) => entry && store.toggleRun(entry.run);
  const onKeyDown = (event: KeyboardEvent) => {
    const now = list();
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter") (event.shiftKey ? compare : choose)(now.shown[now.active]);
    else if (by) reached.value = now.shown[now.active + by]?.run ?? reached.value;
    else return;
    event.preventDefault();
  };
  return (
    <div class="popover run-list">
      <input
        ref={first}
        type="search"
        data-testid="run-filter"
        class={runs.length > FEW_RUNS ? "" : "unseen"}
        placeholder={`Filter ${plural(runs.length, "run")}`}
        aria-label="Filter runs"
        aria-controls="run-options"
        aria-activedescendant={shown[active] && `run-option-${active}`}
        value={filter.value}
        onKeyDown={onKeyDown}
        onInput={(event) => {
          filter.value = event.currentTarget.value;
          reached.value = null;
        }}
      />
      <div
        id="run-options"
        role="listbox"
        tabIndex={0}
        aria-label="Runs"
        aria-multiselectable="true"
        class="run-options"
      >
        {shown.map((entry, i) => (
          <RunOption
            key={entry.run}
            store={store}
            entry={entry}
            name={names.get(entry.run) ?? entry.run}
            id={`run-option-${i}`}
            active={i === active}
            choose={() => choose(entry)}
            compare={() => compare(entry)}
          />
        ))}
        {shown.length === 0 && <p class="no-match">No run matches.</p>}
      </div>
      {runs.length > 1 && (
        <p class="run-hint">
          {howToCompare(MOST_RUNS)}
          <br />
          Or by key: Enter to show, Shift + Enter to tick.
        </p>
      )}
    </div>
  );
}

interface RunOptionProps {
  store: Store;
  entry: RunEntry;
  /** What all names do not share. */
  name: string;
  id: string;
  active: boolean;
  choose: () => void;
  compare: () => void;
}

function RunOption({ store, entry, name, id, active, choose, compare }: RunOptionProps) {
  const option = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (active) option.current?.scrollIntoView({ block: "nearest" });
  }, [active]);
  const chosen = store.chosenRuns.value.includes(entry.run);
  const leads = entry.run === store.run.value;
  const beside = store.comparedRuns.value.find(({ run }) => run === entry.run);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys land in the filter above the list
    <div
      ref={option}
      id={id}
      role="option"
      tabIndex={-1}
      class={["run-option", active && "active", leads && "leads"].filter(Boolean).join(" ")}
      data-testid="run-option"
      data-run={entry.run}
      aria-selected={chosen}
      title={entry.run}
      onClick={choose}
    >
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: Shift and Enter do the same */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: part of its option */}
      <span
        class="run-box"
        data-testid="run-box"
        data-chosen={chosen}
        title={boxTitle(chosen, store.chosenRuns.value.length)}
        onClick={(event) => {
          event.stopPropagation();
          compare();
        }}
      />
      <span class="run-name">{shownName(name)}</span>
      {beside && <RunKey slot={beside.slot} />}
      <span class="run-facts">
        {plural(entry.series, "tensor")}
        {entry.last_step !== null && ` · step ${formatCount(entry.last_step)}`}
      </span>
    </div>
  );
}

function boxTitle(chosen: boolean, count: number): string {
  if (!chosen) return count < MOST_RUNS ? "Compare this run" : "No more runs can be compared";
  return count > 1 ? "Do not compare this run" : "The only run that is shown";
}
