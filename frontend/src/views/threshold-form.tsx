import { useState } from "preact/hooks";
import type { Thresholds } from "../replies";
import type { Store } from "../state";
import {
  shownThreshold,
  THRESHOLD_FIELDS,
  type ThresholdField,
  typedThreshold,
} from "../thresholds";

export function ThresholdForm({ store, close }: { store: Store; close: () => void }) {
  const told = store.overview.value.data?.thresholds;
  if (!told) return <div class="popover form">The server has not answered yet.</div>;
  const now = { ...told, ...store.thresholds.value };
  return (
    <fieldset class="popover form" data-testid="thresholds-form">
      <legend class="unseen">Thresholds of the verdicts</legend>
      {THRESHOLD_FIELDS.map((field) => (
        <ThresholdInput key={field.name} store={store} field={field} now={now} />
      ))}
      <div class="form-end">
        <button
          type="button"
          class="button"
          data-testid="thresholds-reset"
          disabled={Object.keys(store.thresholds.value).length === 0}
          onClick={store.resetThresholds}
        >
          Reset
        </button>
        <button type="button" class="button" onClick={close}>
          Done
        </button>
      </div>
    </fieldset>
  );
}

interface InputProps {
  store: Store;
  field: ThresholdField;
  now: Thresholds;
}

/** Taken over as it is typed, once it makes sense; what does not is explained and kept out. */
function ThresholdInput({ store, field, now }: InputProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const read = draft === null ? null : typedThreshold(field, draft, now);
  const problem = read !== null && "problem" in read ? read.problem : null;
  const id = `threshold-${field.name}`;
  return (
    <div class="threshold">
      <label for={id}>
        <b>{field.label}</b>
        <span class="unit">{field.hint}</span>
      </label>
      <input
        id={id}
        inputMode="decimal"
        data-testid={id}
        aria-invalid={problem !== null}
        aria-describedby={`${id}-problem`}
        value={draft ?? shownThreshold(field, now[field.name])}
        onInput={(event) => {
          const text = event.currentTarget.value;
          const typed = typedThreshold(field, text, now);
          setDraft(text);
          if ("value" in typed) store.setThreshold(field.name, typed.value);
        }}
        onBlur={() => setDraft(null)}
      />
      <span>{field.unit}</span>
      <p id={`${id}-problem`} role="status">
        {problem}
      </p>
    </div>
  );
}
