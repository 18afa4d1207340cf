import "./forms.css";
import { useEffect, useState } from "preact/hooks";
import type { ApiError } from "../api/client";
import type { RunEntry, Thresholds } from "../api/replies";
import { asApiError } from "../api/resource";
import type { Store } from "../store/store";
import { type BaselineKind, readBaseline } from "../words/baseline";
import { shownName } from "../words/names";
import { formatCount } from "../words/numbers";

interface RowProps {
  store: Store;
  /** What is marked: a step may be marked before its number is a whole one. */
  kind: BaselineKind;
  setKind: (kind: BaselineKind) => void;
}

/** First, previous, step N or another run: whichever is chosen holds at once. */
const OWN_BASELINES = [
  ["first", "the first step of each tensor"],
  ["previous", "the kept step before it"],
] as const;

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
      {OWN_BASELINES.map(([value, label]) => (
        <Option key={value} {...{ kind, value, label }} choose={choose(value)} />
      ))}
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
  const { sharing, problem } = useSharing(store);
  const chosen = readBaseline(store.baseline.value).run;
  const wanted = chosen ?? sharing?.[0]?.run ?? "";
  const choose = (run: string) => {
    setKind("run");
    store.setBaseline(`run:${run}`);
  };
  if (chosen === null && problem !== null) return <Unread problem={problem} />;
  if (sharing?.length === 0 && chosen === null)
    return <p class="unit option">No other run has any of these tensors.</p>;
  const total = store.rows.value.length;
  const unlisted = chosen !== null && !sharing?.some(({ run }) => run === chosen);
  return (
    <>
      <div class="option-row">
        <Option
          value="run"
          label="the first step of run"
          kind={kind}
          disabled={wanted === ""}
          choose={() => choose(wanted)}
        />
        <select
          data-testid="baseline-run-name"
          aria-label="Run of the baseline"
          disabled={wanted === ""}
          value={wanted}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          {unlisted && <option value={chosen}>{shownName(chosen)}</option>}
          {sharing?.map(({ run, shared }) => (
            <option key={run} value={run}>
              {`${shownName(run)} (has ${formatCount(shared)} of ${formatCount(total)})`}
            </option>
          ))}
        </select>
      </div>
      {problem && <Unread problem={problem} />}
    </>
  );
}

/** Why no run is offered. */
function Unread({ problem }: { problem: ApiError }) {
  return (
    <p class="unit option" role="status" data-testid="baseline-unread">
      {`Runs cannot be read: ${problem.message}`}
      {problem.mayPass && " The page keeps trying by itself."}
    </p>
  );
}

/** Before it is asked again for what did not come. */
const PAUSE = 2_000;

interface Sharing {
  /** The other runs that have tensors of the run that leads, those with most of them first. */
  sharing: readonly RunEntry[] | null;
  problem: ApiError | null;
}

/** Asked for while the form is open, and again until there is an answer. */
function useSharing(store: Store): Sharing {
  const [told, tell] = useState<Sharing>({ sharing: null, problem: null });
  const lead = store.run.value;
  useEffect(() => {
    const asking = new AbortController();
    let pause: ReturnType<typeof setTimeout>;
    const ask = () =>
      store.runsBeside(asking.signal).then(
        ({ runs }) => {
          const others = runs.filter(({ run, shared }) => run !== lead && shared);
          others.sort((a, b) => (b.shared ?? 0) - (a.shared ?? 0));
          tell({ sharing: others, problem: null });
        },
        (error) => {
          if (asking.signal.aborted) return;
          const problem = asApiError(error);
          tell({ sharing: null, problem });
          if (problem.mayPass) pause = setTimeout(ask, PAUSE);
        },
      );
    ask();
    return () => {
      asking.abort();
      clearTimeout(pause);
    };
  }, [lead]);
  return told;
}

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

/** A threshold as it is typed: in per cent of what it is a part of, or how many times it. */
interface ThresholdField {
  name: keyof Thresholds;
  label: string;
  hint: string;
  unit: "%" | "×";
}

export const THRESHOLD_FIELDS: readonly ThresholdField[] = [
  { name: "moved", label: "moved", hint: "relative movement of at least", unit: "%" },
  { name: "moved_far", label: "moved far", hint: "relative movement of at least", unit: "%" },
  { name: "exploding", label: "exploding", hint: "times an ordinary start", unit: "×" },
  { name: "collapsed", label: "collapsed", hint: "spread at most", unit: "%" },
];

/** Enough digits for any threshold, without what binary fractions add: 0.07 is 7, not 7.000…1. */
export function shownThreshold({ unit }: ThresholdField, value: number): string {
  return String(Number((unit === "%" ? value * 100 : value).toPrecision(12)));
}

/** The threshold that was typed, or why it cannot be one beside the others. */
export function typedThreshold(
  { name, unit }: ThresholdField,
  text: string,
  others: Thresholds,
): { value: number } | { problem: string } {
  const typed = Number(text.replace(",", "."));
  if (!text.trim() || !Number.isFinite(typed) || typed <= 0)
    return { problem: "A number above 0 is needed." };
  const value = unit === "%" ? Number((typed / 100).toPrecision(12)) : typed;
  if (name === "moved" && value >= others.moved_far)
    return { problem: "“Moved” must stay below “moved far”." };
  if (name === "moved_far" && value <= others.moved)
    return { problem: "“Moved far” must stay above “moved”." };
  if (name === "exploding" && value <= 1) return { problem: "Exploding means more than 1 ×." };
  if (name === "collapsed" && value >= 1) return { problem: "Collapsed means less than 100 %." };
  return { value };
}
