import { useState } from "preact/hooks";
import type { LeftOut, OverviewReply } from "../api/replies";
import type { Store } from "../store/store";
import { Opener } from "../ui/menu";
import { shownName, visible } from "../words/names";
import { formatCount, plural } from "../words/numbers";

interface Props {
  store: Store;
  overview: OverviewReply;
}

/** Nothing is left out silently: how many histograms and runs, which ones and why. */
export function LeftOutNotice({ store, overview }: Props) {
  const items = overview.left_out;
  const runs = store.runs.value.data?.left_out ?? [];
  if (items.length + runs.length === 0) return null;
  return (
    <Opener
      within="left-out"
      class="text-button"
      data-testid="left-out"
      title={`${summaryOf(items, runs.length)} left out: which, and why`}
      label={`${formatCount(items.length + runs.length)} left out`}
    >
      {(close) => (
        <div class="popover disclosed" data-testid="left-out-list">
          {runs.map(({ run, reason }) => (
            <p
              key={run}
              data-testid="dropped-run"
            >{`Run ${shownName(run)}: ${visible(reason)}.`}</p>
          ))}
          {byReason(items).map(({ reason, tensors }) => (
            <Reason key={reason} {...{ store, reason, tensors, close }} />
          ))}
        </div>
      )}
    </Opener>
  );
}

function summaryOf(items: readonly LeftOut[], runs: number): string {
  const parts = [];
  if (items.some(({ step }) => step === null)) parts.push("parts of this run");
  else if (items.length > 0) parts.push(plural(items.length, "histogram"));
  if (runs > 0) parts.push(plural(runs, "run"));
  return parts.join(", ");
}

interface Grouped {
  reason: string;
  /** The steps of each tensor; none where all of it is left out. */
  tensors: Map<string, number[]>;
}

/** Many histograms are left out for one reason: it is said once. */
function byReason(items: readonly LeftOut[]): Grouped[] {
  const groups = new Map<string, Map<string, number[]>>();
  for (const { tag = "", step, reason } of items) {
    const tensors = groups.get(reason) ?? new Map<string, number[]>();
    groups.set(reason, tensors);
    const steps = tensors.get(tag) ?? [];
    tensors.set(tag, steps);
    if (step !== null) steps.push(step);
  }
  return [...groups].map(([reason, tensors]) => ({ reason, tensors }));
}

const MOST_LISTED = 200;

interface ReasonProps extends Grouped {
  store: Store;
  close: () => void;
}

function Reason({ store, reason, tensors, close }: ReasonProps) {
  const [all, setAll] = useState(false);
  const listed = [...tensors].slice(0, all ? undefined : MOST_LISTED);
  return (
    <section>
      <h2>{visible(reason)}</h2>
      <ul>
        {listed.map(([tag, steps]) => (
          <li key={tag}>
            <TensorLink store={store} tag={tag} close={close} />
            {steps.length > 0 && <span class="unit">{stepsText(steps)}</span>}
          </li>
        ))}
      </ul>
      {listed.length < tensors.size && (
        <button type="button" class="text-button" onClick={() => setAll(true)}>
          {`show all ${formatCount(tensors.size)}`}
        </button>
      )}
    </section>
  );
}

/** A tensor that is there can be gone to; of the run as a whole there is nothing to show. */
function TensorLink({ store, tag, close }: { store: Store; tag: string; close: () => void }) {
  if (tag === "") return <span>the run</span>;
  if (!store.rows.value.some((row) => row.tag === tag))
    return <span class="name">{shownName(tag)}</span>;
  return (
    <button
      type="button"
      class="text-button name"
      onClick={() => {
        close();
        store.showSubject({ tag, step: null });
      }}
    >
      {shownName(tag)}
    </button>
  );
}

function stepsText(steps: readonly number[]): string {
  const [first, last] = [steps[0] ?? 0, steps.at(-1) ?? 0];
  if (steps.length === 1) return `step ${formatCount(first)}`;
  return `${formatCount(steps.length)} steps, ${formatCount(first)} to ${formatCount(last)}`;
}
