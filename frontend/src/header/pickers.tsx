import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { shortNames } from "../model/run-list";
import type { Store } from "../store/store";
import { lazy } from "../ui/lazy";
import { RunKey } from "../ui/marks";
import { Opener } from "../ui/menu";
import { baselineName } from "../words/baseline";
import { shownName } from "../words/names";
import { formatCount } from "../words/numbers";

const RunList = lazy(async () => (await import("./run-list")).RunList);
const BaselineForm = lazy(async () => (await import("./forms")).BaselineForm);
const ThresholdForm = lazy(async () => (await import("./forms")).ThresholdForm);

/** What the menus open, fetched before anybody asks: they work while the server is away. */
export function prepareMenus(): void {
  for (const menu of [RunList, BaselineForm, ThresholdForm]) menu.prepare();
}

export function RunPicker({ store }: { store: Store }) {
  const run = store.run.value;
  const runs = store.runs.value.data?.runs ?? [];
  const [count, chosen] = [runs.length, store.chosenRuns.value.length];
  const names = useMemo(() => shortNames(runs.map(({ run }) => run)), [store.runs.value.data]);
  const nothing = store.runs.value.loading ? "…" : "none";
  return (
    <Opener
      within="run-picker"
      class="picker-button"
      data-testid="run-picker"
      aria-haspopup="listbox"
      title={run ?? ""}
      label={
        <Label name={chosen > 1 ? "Runs" : "Run"}>
          <ChosenKeys store={store} />
          <span class="picker-value">
            {run === null ? nothing : shownName(names.get(run) ?? run)}
          </span>
          {count > 1 && (
            <span class="picker-count">{`${formatCount(chosen)} of ${formatCount(count)}`}</span>
          )}
        </Label>
      }
    >
      {(close) => <RunList store={store} close={close} />}
    </Opener>
  );
}

/** What is chosen, by its name, and that more can be. */
export function Label({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <>
      <span class="picker-label">{name}</span>
      {children}
      <svg width="10" height="6" aria-hidden="true">
        <path d="M1 1l4 4 4-4" />
      </svg>
    </>
  );
}

/** Beyond these their number alone tells. */
const MOST_KEYS = 4;

/** The lines of the runs that stand beside each other. */
function ChosenKeys({ store }: { store: Store }) {
  const runs = store.comparedRuns.value;
  if (runs.length === 0) return null;
  return (
    <span class="picker-keys">
      {runs.slice(0, MOST_KEYS).map(({ run, slot }) => (
        <RunKey key={run} slot={slot} />
      ))}
    </span>
  );
}

/** What every number of the page is compared with. */
export function BaselinePicker({ store }: { store: Store }) {
  const baseline = store.baseline.value;
  return (
    <Opener
      within="picker"
      class={baseline === "first" ? "picker-button" : "picker-button changed"}
      data-testid="baseline-picker"
      title="What all numbers are compared with"
      label={
        <Label name="Baseline">
          <span class="picker-value">{baselineName(baseline)}</span>
        </Label>
      }
    >
      {(close) => <BaselineForm store={store} close={close} />}
    </Opener>
  );
}

/** Where one verdict ends and the next begins: to see, to change and to take back. */
export function ThresholdsPicker({ store }: { store: Store }) {
  const changed = Object.keys(store.thresholds.value).length;
  return (
    <Opener
      within="picker"
      class={changed === 0 ? "picker-button" : "picker-button changed"}
      data-testid="thresholds"
      aria-label="Thresholds"
      title="Thresholds: where one verdict ends and the next begins"
      label={
        <>
          <svg class="tool-icon" width="16" height="16" aria-hidden="true">
            <path d="M2.5 4.5h11M2.5 8h11M2.5 11.5h11M10 3v3M5.5 6.5v3M8.5 10v3" />
          </svg>
          {changed > 0 && <span class="picker-value">{`${changed} changed`}</span>}
        </>
      }
    >
      {(close) => <ThresholdForm store={store} close={close} />}
    </Opener>
  );
}
