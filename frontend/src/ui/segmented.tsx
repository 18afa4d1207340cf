interface Props<T extends string> {
  label: string;
  testid: string;
  options: readonly (readonly [value: T, name: string, hint: string])[];
  chosen: T;
  choose: (value: T) => void;
}

/** A few words side by side, one of them chosen. */
export function Segmented<T extends string>(props: Props<T>) {
  const { label, testid, options, chosen, choose } = props;
  return (
    <div class="labelled" data-testid={testid}>
      <span aria-hidden="true">{label}</span>
      <fieldset class="segments">
        <legend class="unseen">{label}</legend>
        {options.map(([value, name, hint]) => (
          <button
            key={value}
            type="button"
            data-testid={`${testid}-${value}`}
            aria-pressed={value === chosen}
            title={hint}
            onClick={() => choose(value)}
          >
            {name}
          </button>
        ))}
      </fieldset>
    </div>
  );
}
