import { Component, type ComponentChildren } from "preact";
import type { ApiError, FailureKind } from "../api/client";
import { isArriving } from "../api/resource";
import type { Store } from "../store/store";
import { plural } from "../words/numbers";

const HEADINGS: Record<FailureKind, string> = {
  refused: "This cannot be shown",
  unavailable: "The logs cannot be read",
  unreachable: "TensorBoard does not answer",
  unreadable: "The reply cannot be read",
};

interface Props {
  store: Store;
  error: ApiError;
}

/** A failure with nothing to show in its place: the server's sentence, and a way to try again. */
export function ErrorState({ store, error }: Props) {
  return (
    <section class="state" data-testid="error-state" role="alert">
      <h2>{HEADINGS[error.kind]}</h2>
      <p>
        {error.message}
        {error.mayPass && " The page keeps trying by itself."}
      </p>
      <button type="button" class="button" onClick={store.reload}>
        Try again
      </button>
      {error.kind === "refused" && store.baseline.value !== "first" && (
        <button
          type="button"
          class="button"
          data-testid="back-to-first"
          onClick={() => store.setBaseline("first")}
        >
          Compare with the first step
        </button>
      )}
    </section>
  );
}

interface GuardedProps {
  name: string;
  /** What is drawn: when that changes it is tried again. */
  of: unknown;
  children: ComponentChildren;
}

/** A part of the page whose failure takes nothing else along, and is said in its place. */
export class Guarded extends Component<GuardedProps, { failed: boolean }> {
  override state = { failed: false };

  static override getDerivedStateFromError() {
    return { failed: true };
  }

  override componentDidCatch(error: unknown) {
    console.error(error);
  }

  override componentDidUpdate(before: GuardedProps) {
    if (this.state.failed && before.of !== this.props.of) this.tryAgain();
  }

  tryAgain = () => this.setState({ failed: false });

  override render({ name, children }: GuardedProps) {
    if (!this.state.failed) return <>{children}</>;
    return (
      <section class="state" data-testid="chart-failed" role="alert">
        <h3>{name}</h3>
        <p>This chart could not be drawn, which is a fault of the page.</p>
        <button type="button" class="button" onClick={this.tryAgain}>
          Try again
        </button>
      </section>
    );
  }
}

/** Why no tensor is in sight. */
export function Remark({ store }: { store: Store }) {
  if (store.overview.value.data === null || store.shownRows.value.length > 0) return null;
  const total = store.rows.value.length;
  if (total === 0) return <p class="table-remark">This run has no histograms yet.</p>;
  const soFar = isArriving(store.overview.value) ? " measured so far" : "";
  return (
    <div class="table-remark" data-testid="no-match">
      <p>{`None of the ${plural(total, "tensor")}${soFar} matches the filter.`}</p>
      <button type="button" class="button" onClick={() => store.clearFilters()}>
        Show all
      </button>
    </div>
  );
}
