import type { Measure } from "../api/replies";
import { MEASURE_WORDS, measuresOf, outsideBand, UPDATE_BAND } from "../model/measures";
import type { Store } from "../store/store";
import { formatCount, formatNumber, plural } from "../words/numbers";

/** What list, map, heat map and the comparison of runs show of each tensor. */
export function MeasurePicker({ store }: { store: Store }) {
  const overview = store.overview.value.data;
  const there = overview ? measuresOf(overview) : [];
  if (there.length === 0) return null;
  const chosen = store.measure.value;
  return (
    <label class="measure">
      <span class="picker-label">Measure</span>
      <select
        data-testid="measure"
        aria-label="Measure"
        title={MEASURE_WORDS[chosen].hint}
        value={chosen}
        onChange={(event) => store.setMeasure(event.currentTarget.value as Measure)}
      >
        {[...new Set([...there, chosen])].map((measure) => (
          <option key={measure} value={measure}>
            {MEASURE_WORDS[measure].name}
          </option>
        ))}
      </select>
    </label>
  );
}

/** So many are listed at once; the table has all of them, in their order. */
const MOST_LISTED = 100;

const [LOW, HIGH] = [UPDATE_BAND.low, UPDATE_BAND.high].map((end) => formatNumber(end));

/** Advice, and called that: how many update ratios are far from what is usual; which, when asked. */
export function UpdateAdvice({ store }: { store: Store }) {
  const outside = outsideBand(store.shownRows.value);
  if (!outside) return null;
  const sides = [
    { rows: outside.above, where: `above ${HIGH}` },
    { rows: outside.below, where: `below ${LOW}` },
  ].filter(({ rows }) => rows.length > 0);
  const told = sides.map(({ rows, where }) => `${plural(rows.length, "tensor")} ${where}`);
  return (
    <details class="measure-advice" data-testid="update-advice">
      <summary>
        {`Update ratios: ${told.join(", ") || `all within ${LOW} to ${HIGH}`}, by a rule of thumb`}
      </summary>
      <p>
        {"A rule of thumb, from "}
        <a
          href="https://cs231n.github.io/neural-networks-3/#ratio"
          target="_blank"
          rel="noreferrer"
        >
          CS231n
        </a>
        : about 0.001 where a network learns well; a larger ratio may ask for a lower learning rate,
        a smaller one for a higher.
      </p>
      {sides.map(({ rows, where }) => (
        <p key={where} class="advice-list">
          {`${where}: `}
          {rows.slice(0, MOST_LISTED).map(({ tag }) => (
            <button
              key={tag}
              type="button"
              class="text-button"
              title={tag}
              onClick={() => store.selectTag(tag)}
            >
              {store.names.value.text(tag, 0)}
            </button>
          ))}
          {rows.length > MOST_LISTED && ` and ${formatCount(rows.length - MOST_LISTED)} more`}
        </p>
      ))}
    </details>
  );
}
