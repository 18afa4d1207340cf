import { formatCount } from "../format";
import type { RunEntry } from "../replies";
import type { Store } from "../state";

/** How far TensorBoard has read of the run that is shown, while it is not done. */
export function ReadingLine({ store }: { store: Store }) {
  const behind = store.chosen.value.filter(isBehind);
  const entry = behind.find(({ run }) => run === store.run.value) ?? behind[0];
  if (!entry) return null;
  const { run, last_step: read, last_written_step: written } = entry;
  const whose = run === store.run.value ? "" : ` of ${run}`;
  return (
    <span class="reading" data-testid="reading" role="status">
      <progress aria-hidden="true" value={read ?? 0} max={written ?? 1} />
      {`TensorBoard has read ${formatCount(read ?? 0)} of ${formatCount(written)} steps${whose} so far`}
    </span>
  );
}

function isBehind({ last_step: read, last_written_step: written }: RunEntry): boolean {
  return written !== null && written > (read ?? -1);
}
