import type { BandsChartName } from "../hidden-bands";
import type { Store } from "../state";
import { bandPairs } from "./bands";

interface LegendProps {
  store: Store;
  chart: BandsChartName;
  basisPoints: readonly number[];
  hidden: ReadonlySet<number>;
}

/** Names each band; a click takes it out of the chart, so that the inner ones can be seen. */
export function BandLegend({ store, chart, basisPoints, hidden }: LegendProps) {
  return (
    <div class="legend">
      {bandPairs(basisPoints).map(({ key, name, depth }) => (
        <button
          key={key}
          type="button"
          aria-pressed={!hidden.has(key)}
          title={`${hidden.has(key) ? "Show" : "Hide"} the quantiles ${name}`}
          onClick={() => store.toggleBand(chart, hidden, key)}
        >
          <i class={`swatch band-${depth}`} />
          {name}
        </button>
      ))}
    </div>
  );
}

export function LineLegend({ baseline = false }: { baseline?: boolean }) {
  return (
    <div class="legend">
      <span>
        <i class="swatch median" />
        median
      </span>
      {baseline && (
        <span>
          <i class="swatch ghost" />
          baseline
        </span>
      )}
    </div>
  );
}
