import { MeasurePicker, UpdateAdvice } from "../header/measure-picker";
import { Strip } from "../header/strip";
import { orderBy } from "../model/measures";
import { isDefault } from "../model/rows";
import { VIEWS, type ViewName } from "../store/choice";
import type { Store } from "../store/store";
import { TensorTable } from "../table/tensor-table";
import { lazy } from "../ui/lazy";
import { plural } from "../words/numbers";

const VIEW_WORDS: Record<ViewName, string> = {
  table: "Table",
  map: "Map",
  heatmap: "Heat map",
  cards: "Cards",
  runs: "Runs",
};

const COMPONENTS = {
  table: TensorTable,
  map: lazy(async () => (await import("../map/model-map")).ModelMap),
  cards: lazy(async () => (await import("../cards/tensor-cards")).TensorCards),
  heatmap: lazy(async () => (await import("../heatmap/heatmap")).TensorHeatmap),
  runs: lazy(async () => (await import("../runs/runs-table")).RunsTable),
};

/** The code of the views that are not shown yet. */
export function prepareViews(): void {
  for (const view of [COMPONENTS.map, COMPONENTS.heatmap, COMPONENTS.cards, COMPONENTS.runs])
    view.prepare();
}

/** The list of all runs has columns of its own. */
const showsMeasure = (store: Store) => store.view.value !== "runs" || store.comparing.value;

/** The same tensors in the same order, seen in one of five ways. */
export function TensorViews({ store }: { store: Store }) {
  const View = COMPONENTS[store.view.value];
  return (
    <section class="table-panel" aria-label="Tensors">
      {showsMeasure(store) && <UpdateAdvice store={store} />}
      <div class="view-body">
        <View store={store} />
      </div>
    </section>
  );
}

/** How the tensors are shown; and when something went wrong with the run. */
export function ViewBar({ store }: { store: Store }) {
  const shown = store.view.value;
  return (
    <nav class="view-bar" aria-label="Views">
      <fieldset class="segments">
        <legend class="unseen">View of the tensors</legend>
        {VIEWS.map((view) => (
          <button
            key={view}
            type="button"
            data-testid={`view-${view}`}
            aria-pressed={view === shown}
            onClick={() => store.show(view)}
          >
            {VIEW_WORDS[view]}
          </button>
        ))}
      </fieldset>
      {(shown === "cards" || shown === "heatmap") && <Order store={store} />}
      {shown !== "runs" && shown !== "map" && <GroupToggle store={store} />}
      {showsMeasure(store) && <MeasurePicker store={store} />}
      <Strip store={store} />
    </nav>
  );
}

function GroupToggle({ store }: { store: Store }) {
  return (
    <button
      type="button"
      class="toggle group-toggle"
      data-testid="group-by-scope"
      title="Group the tensors by the layer that their names tell"
      aria-pressed={store.grouped.value}
      onClick={() => store.toggleGrouped()}
    >
      Group by layer
    </button>
  );
}

/** Where there are no columns to tell and change the order. */
function Order({ store }: { store: Store }) {
  if (store.overview.value.data === null) return null;
  const count = plural(store.shownRows.value.length, "tensor");
  const sort = store.sort.value;
  const order = isDefault(sort) ? count : `${count} by ${orderBy(sort, store.measure.value)}`;
  return (
    <span class="view-order" title={`${order}: the table's columns change it`}>
      {order}
    </span>
  );
}
