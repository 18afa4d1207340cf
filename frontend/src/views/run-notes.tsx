import { type NotedFlag, runNotes } from "../notes";
import type { Store } from "../state";
import { Prose } from "./prose";

const TEST_IDS: Record<NotedFlag, string> = {
  baseline_sampled: "baseline-note",
  shared_tag: "shared-tag-note",
};

/** What all numbers of this run have to be read with. */
export function RunNotes({ store }: { store: Store }) {
  return (
    <>
      {runNotes(store.rows.value).map(({ flag, tags, count, reason }) => (
        <p key={flag} class="run-note" data-testid={TEST_IDS[flag]} title={tags.join("\n")}>
          <b>{count}:</b> <Prose text={reason} />
        </p>
      ))}
    </>
  );
}
