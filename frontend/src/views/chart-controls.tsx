import { Segmented } from "../controls/segmented";
import { formatCount } from "../format";
import type { Store } from "../state";
import type { MovementAxis, XAxis, Zoom } from "../view-link";

const X_AXES: readonly (readonly [XAxis, string, string])[] = [
  ["step", "step", "Training steps by their number"],
  ["relative", "relative", "Time since the first step"],
  ["wall", "wall time", "The time on the clock"],
];

const MOVEMENT_AXES: readonly (readonly [MovementAxis, string, string])[] = [
  ["linear", "linear", "Equal differences take equal room"],
  ["log", "log", "Equal factors take equal room: small movements beside large ones"],
];

/** What holds for all charts over steps at once. */
export function ChartControls({ store, zoom }: { store: Store; zoom: Zoom | null }) {
  return (
    <div class="chart-controls">
      <Segmented
        label="X axis"
        testid="x-axis"
        options={X_AXES}
        chosen={store.xAxis.value}
        choose={store.setXAxis}
      />
      <Segmented
        label="Movement"
        testid="movement-axis"
        options={MOVEMENT_AXES}
        chosen={store.movementAxis.value}
        choose={store.setMovementAxis}
      />
      <span class="zoom-state" data-testid="zoom" role="status">
        {zoom === null ? (
          "Drag over a chart to zoom"
        ) : (
          <>
            {`steps ${formatCount(zoom[0])} to ${formatCount(zoom[1])}`}
            <button
              type="button"
              class="text-button"
              data-testid="zoom-reset"
              onClick={store.resetZoom}
            >
              show all
            </button>
          </>
        )}
      </span>
    </div>
  );
}
