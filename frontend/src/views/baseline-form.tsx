import { useState } from "preact/hooks";
import { type BaselineKind, readBaseline } from "../comparison";
import type { Store } from "../state";

interface RowProps {
  store: Store;
  /** What is marked: a step may be marked before its number is a whole one. */
  kind: BaselineKind;
  setKind: (kind: BaselineKind) => void;
}

/** First, previous, step N or another run: whichever is chosen holds at once. */
export function BaselineForm({ store, close }: { store: Store; close: () => void }) {
  const [kind, setKind] = useState<BaselineKind>(readBaseline(store.baseline.value).kind);
  const props = { store, kind, setKind };
  const choose = (next: "first" | "previous") => () => {
    setKind(next);
    store.setBaseline(next);
  };
  return (
    <fieldset class="popover form" data-testid="baseline-form">
      <legend class="unseen">Compare every step with</legend>
      <Option
        {...{ kind }}
        value="first"
        label="the first step of each tensor"
        choose={choose("first")}
      />
      <Option
        {...{ kind }}
        value="previous"
        label="the kept step before it"
        choose={choose("previous")}
      />
      <StepRow {...props} />
      <RunRow {...props} />
      <div class="form-end">
        <button type="button" class="button" onClick={close}>
          Done
        </button>
      </div>
    </fieldset>
  );
}

interface OptionProps {
  value: BaselineKind;
  label: string;
  kind: BaselineKind;
  disabled?: boolean;
  choose: () => void;
}

function Option({ value, label, kind, disabled = false, choose }: OptionProps) {
  return (
    <label class="option">
      <input
        type="radio"
        name="baseline"
        data-testid={`baseline-${value}`}
        checked={kind === value}
        disabled={disabled}
        onChange={choose}
      />
      {label}
    </label>
  );
}

function StepRow({ store, kind, setKind }: RowProps) {
  const chosen = readBaseline(store.baseline.value).step;
  const first = store.step.peek() ?? store.seriesData.peek()?.steps[0] ?? 0;
  const [step, setStep] = useState(String(chosen ?? first));
  const choose = (text: string) => {
    setKind("step");
    if (/^-?\d+$/.test(text)) store.setBaseline(`step:${Number(text)}`);
  };
  return (
    <div class="option-row">
      <Option value="step" label="step" kind={kind} choose={() => choose(step)} />
      <input
        type="number"
        step={1}
        data-testid="baseline-step-number"
        aria-label="Step of the baseline"
        value={step}
        onInput={(event) => {
          setStep(event.currentTarget.value);
          choose(event.currentTarget.value);
        }}
      />
      <span class="unit">or the kept step before it</span>
    </div>
  );
}

function RunRow({ store, kind, setKind }: RowProps) {
  const others = (store.runs.value.data?.runs ?? []).filter(({ run }) => run !== store.run.value);
  const chosen = readBaseline(store.baseline.value).run ?? others[0]?.run ?? "";
  const choose = (run: string) => {
    setKind("run");
    store.setBaseline(`run:${run}`);
  };
  const none = others.length === 0;
  return (
    <div class="option-row">
      <Option
        value="run"
        label="the first step of run"
        kind={kind}
        disabled={none}
        choose={() => choose(chosen)}
      />
      <select
        data-testid="baseline-run-name"
        aria-label="Run of the baseline"
        disabled={none}
        value={chosen}
        onChange={(event) => choose(event.currentTarget.value)}
      >
        {others.map(({ run }) => (
          <option key={run} value={run}>
            {run}
          </option>
        ))}
      </select>
    </div>
  );
}
