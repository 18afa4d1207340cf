import type { ApiError, FailureKind } from "../api";
import type { Store } from "../state";

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
    </section>
  );
}
