import { useEffect, useRef, useState } from "preact/hooks";
import { formatCount, plural } from "../format";
import type { RunEntry } from "../replies";
import { tagMatcher } from "../rows";
import type { Store } from "../state";

const FEW_RUNS = 8;

export function RunPicker({ store }: { store: Store }) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!open) return undefined;
    const closeOutside = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", closeOutside);
    return () => document.removeEventListener("pointerdown", closeOutside);
  }, [open]);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const run = store.run.value;
  const count = store.runs.value.data?.runs.length ?? 0;
  const nothing = store.runs.value.loading ? "…" : "none";
  return (
    <div class="run-picker" ref={box}>
      <button
        ref={button}
        type="button"
        class="picker-button"
        data-testid="run-picker"
        aria-haspopup="listbox"
        aria-expanded={open}
        title={run ?? ""}
        onClick={() => setOpen(!open)}
      >
        <span class="picker-label">Run</span>
        <span class="picker-value">{run ?? nothing}</span>
        {count > 1 && <span class="picker-count">{`1 of ${formatCount(count)}`}</span>}
        <svg width="10" height="6" aria-hidden="true">
          <path d="M1 1l4 4 4-4" />
        </svg>
      </button>
      {open && <RunList store={store} close={close} />}
    </div>
  );
}

interface RunListProps {
  store: Store;
  close: () => void;
}

function RunList({ store, close }: RunListProps) {
  const [filter, setFilter] = useState("");
  const runs = store.runs.value.data?.runs ?? [];
  const matcher = tagMatcher(filter);
  const shown = runs.filter(({ run }) => matcher.matches(run));
  const current = shown.findIndex(({ run }) => run === store.run.value);
  const [active, setActive] = useState(Math.max(0, current));
  const first = useRef<HTMLElement>(null);
  useEffect(() => first.current?.focus(), []);
  const choose = (entry: RunEntry | undefined) => {
    if (entry) store.chooseRun(entry.run);
    close();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") close();
    else if (event.key === "Enter") choose(shown[active]);
    else if (event.key === "ArrowDown") setActive(Math.min(shown.length - 1, active + 1));
    else if (event.key === "ArrowUp") setActive(Math.max(0, active - 1));
    else return;
    event.preventDefault();
  };
  return (
    <div class="popover run-list">
      <input
        ref={(element) => {
          first.current = element;
        }}
        type="search"
        data-testid="run-filter"
        class={runs.length > FEW_RUNS ? "" : "unseen"}
        placeholder={`Filter ${plural(runs.length, "run")}`}
        aria-label="Filter runs"
        aria-controls="run-options"
        aria-activedescendant={shown[active] && `run-option-${active}`}
        value={filter}
        onKeyDown={onKeyDown}
        onInput={(event) => {
          setFilter(event.currentTarget.value);
          setActive(0);
        }}
      />
      <div id="run-options" role="listbox" aria-label="Runs" class="run-options">
        {shown.map((entry, i) => (
          <RunOption
            key={entry.run}
            entry={entry}
            id={`run-option-${i}`}
            active={i === active}
            chosen={entry.run === store.run.value}
            choose={() => choose(entry)}
          />
        ))}
        {shown.length === 0 && <p class="no-match">No run matches.</p>}
      </div>
    </div>
  );
}

interface RunOptionProps {
  entry: RunEntry;
  id: string;
  active: boolean;
  chosen: boolean;
  choose: () => void;
}

function RunOption({ entry, id, active, chosen, choose }: RunOptionProps) {
  const option = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (active) option.current?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys land in the filter above the list
    <div
      ref={option}
      id={id}
      role="option"
      tabIndex={-1}
      class={active ? "run-option active" : "run-option"}
      data-testid="run-option"
      data-run={entry.run}
      aria-selected={chosen}
      title={entry.run}
      onClick={choose}
    >
      <span class="run-name">{entry.run}</span>
      <span class="run-facts">
        {plural(entry.series, "tensor")}
        {entry.last_step !== null && ` · step ${formatCount(entry.last_step)}`}
      </span>
    </div>
  );
}
