import { formatTime } from "../format";
import type { Store } from "../state";
import type { Notice as Failed } from "../trouble";

/** A failed reload: what was read before stays, and this says so. It floats: nothing jumps. */
export function NoticeBar({ store }: { store: Store }) {
  return (
    <div role="status">
      {store.notice.value && <Notice store={store} notice={store.notice.value} />}
    </div>
  );
}

function Notice({ store, notice }: { store: Store; notice: Failed }) {
  return (
    <div class="notice" data-testid="notice">
      <p>
        {notice.sentence}{" "}
        {notice.readAt !== null && `What was read at ${formatTime(notice.readAt)} is still shown.`}{" "}
        {store.failure.value?.mayPass && "The page keeps trying."}
      </p>
      <button type="button" class="button" onClick={store.reload}>
        Try again
      </button>
    </div>
  );
}
