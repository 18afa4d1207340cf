import type { Measure } from "../api/replies";
import { MEASURE_WORDS, measuresOf, outsideBand } from "../model/measures";
import type { Row } from "../model/rows";
import type { Store } from "../store/store";
import { plural } from "../words/numbers";

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

const MOST_NAMED = 3;

/** Advice, and called that: which update ratios are far from what is usual. */
export function UpdateAdvice({ store }: { store: Store }) {
  const outside = outsideBand(store.shownRows.value);
  if (!outside) return null;
  const { above, below } = outside;
  const told = [toldOf(store, above, "above 0.01"), toldOf(store, below, "below 0.0001")];
  return (
    <p class="measure-advice" data-testid="update-advice">
      {told.filter(Boolean).join("; ") || "All update ratios are within 0.0001 to 0.01"}
      {". A rule of thumb, from "}
      <a href="https://cs231n.github.io/neural-networks-3/#ratio" target="_blank" rel="noreferrer">
        CS231n
      </a>
      : about 0.001 where a network learns well; a larger ratio may ask for a lower learning rate, a
      smaller one for a higher.
    </p>
  );
}

function toldOf(store: Store, rows: readonly Row[], where: string): string {
  if (rows.length === 0) return "";
  const names = rows.slice(0, MOST_NAMED).map(({ tag }) => store.names.value.text(tag, 0));
  const more = rows.length > MOST_NAMED ? " and others" : "";
  return `${plural(rows.length, "tensor")} ${where}: ${names.join(", ")}${more}`;
}
