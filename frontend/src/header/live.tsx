import { useEffect, useState } from "preact/hooks";
import type { Store } from "../store/store";
import { formatAgo, formatCount } from "../words/numbers";

const TICK = 5_000;

/** How far the run has come, how old that is, and whether the page goes on by itself. */
export function Live({ store }: { store: Store }) {
  const { readAt } = store.overview.value;
  const now = useNow();
  const entry = store.runs.value.data?.runs.find(({ run }) => run === store.run.value);
  if (readAt === null || !entry) return null;
  const step = entry.last_step === null ? "" : formatCount(entry.last_step);
  const age = formatAgo(now - readAt);
  return (
    <span class="live" data-testid="live">
      <span class="live-full">{step ? `step ${step}, read ${age}` : `read ${age}`}</span>
      <span class="live-short" title={`read ${age}`}>
        {step ? `step ${step} · ${age}` : age}
      </span>
      <label title="Look for new steps while this tab can be seen">
        <input
          type="checkbox"
          data-testid="follow"
          checked={store.following.value}
          onChange={(event) => store.setFollowing(event.currentTarget.checked)}
        />
        follow
      </label>
    </span>
  );
}

function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK);
    return () => clearInterval(timer);
  }, []);
  return now;
}
