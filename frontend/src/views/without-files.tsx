import { Disclosure } from "../controls/disclosure";
import type { Store } from "../state";

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
