import type { ComponentChildren } from "preact";
import type { LeftOut } from "../api/replies";
import type { Store } from "../store/store";
import { formatCount, plural } from "../words/numbers";

/** A long overview says how far it is; what was there before stays below it. */
export function OverviewProgress({ store }: { store: Store }) {
  const progress = store.overview.value.progress;
  if (progress === null) return null;
  const { measured, of } = progress;
  return (
    <p class="overview-progress" data-testid="overview-progress" role="status">
      <progress aria-hidden="true" value={measured} max={of} />
      {`Reading and measuring: ${formatCount(measured)} of ${formatCount(of)} tensors so far`}
    </p>
  );
}

/** What is not known of logs whose event files TensorBoard's machine does not have. */
export function WithoutFiles({ store }: { store: Store }) {
  const sentences = store.runs.value.data?.without_files;
  if (!sentences) return null;
  return (
    <Disclosure testid="without-files" summary="read without event files">
      <p>{sentences}</p>
    </Disclosure>
  );
}

/** Runs whose histograms TensorBoard drops, all of them. */
export function DroppedRuns({ store }: { store: Store }) {
  const dropped = store.runs.value.data?.left_out ?? [];
  if (dropped.length === 0) return null;
  return (
    <Disclosure testid="dropped-runs" summary={`${plural(dropped.length, "run")} left out`}>
      {dropped.map(({ run, reason }) => (
        <p key={run}>{`${run}: ${reason}.`}</p>
      ))}
    </Disclosure>
  );
}

const MOST_LISTED = 500;

/** Nothing is left out silently: how many histograms, which ones and why. */
export function LeftOutNotice({ items }: { items: readonly LeftOut[] }) {
  const verb = items.length === 1 ? "was" : "were";
  const single = items.every(({ step }) => step !== null);
  const what = single ? `${plural(items.length, "histogram")} ${verb}` : "Parts of this run were";
  return (
    <Disclosure testid="left-out" summary={`${what} left out`}>
      <table>
        <thead>
          <tr>
            <th>tensor</th>
            <th>step</th>
            <th>reason</th>
          </tr>
        </thead>
        <tbody>
          {items.slice(0, MOST_LISTED).map(({ tag = "", step, reason }) => (
            <tr key={`${tag} ${step} ${reason}`}>
              <td class="name">{tag}</td>
              <td>{step === null ? "all" : formatCount(step)}</td>
              <td>{reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {items.length > MOST_LISTED && <p>{`and ${formatCount(items.length - MOST_LISTED)} more`}</p>}
    </Disclosure>
  );
}

interface DisclosureProps {
  testid: string;
  summary: string;
  children: ComponentChildren;
}

/** A few words that open to all there is to say; Escape closes it. */
function Disclosure({ testid, summary, children }: DisclosureProps) {
  return (
    <details
      class="disclosure"
      data-testid={testid}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.currentTarget.open = false;
        event.currentTarget.querySelector("summary")?.focus();
      }}
    >
      <summary>{summary}</summary>
      <div class="popover disclosed">{children}</div>
    </details>
  );
}
