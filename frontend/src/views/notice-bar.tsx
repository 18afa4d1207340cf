import { formatTime } from "../format";
import type { Store } from "../state";

/** A failed reload: what was read before stays, and this says so. It floats: nothing jumps. */
export function NoticeBar({ store }: { store: Store }) {
  const notice = store.notice.value;
  if (!notice) return null;
  return (
    <div class="notice" data-testid="notice" role="status">
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
