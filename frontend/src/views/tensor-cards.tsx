import { useEffect, useMemo } from "preact/hooks";
import { bandPairs } from "../charts/bands";
import {
  CARD_HEIGHT,
  type CardGrid,
  cardGrid,
  columnsIn,
  lineOf,
  linesBetween,
} from "../charts/card-grid";
import { type Entry, entryIndex } from "../groups";
import type { Store } from "../state";
import { OWN_UNIT, STEP_LABEL } from "../words";
import "../styles/cards.css";
import { CardMenus } from "./card-menus";
import { GroupButton } from "./group-row";
import { Remark } from "./remark";
import { useScrollWindow } from "./scroll-window";
import { TensorCard } from "./tensor-card";

/** Cards out of sight by less than this are there already when they scroll in. */
const SPARE = CARD_HEIGHT;
const SKELETON_CARDS = 8;
const BASIS_POINTS = [0, 668, 1587, 3085, 5000, 6915, 8413, 9332, 10000];

/** Small multiples of delta bands, one for each tensor. */
export function TensorCards({ store }: { store: Store }) {
  const { ref, view, measure } = useScrollWindow();
  const entries = store.entries.value;
  const columns = columnsIn(view.value.width - 2 * 16);
  const grid = useMemo(() => cardGrid(entries, columns), [entries, columns]);
  const selected = useShownSelection(store, grid, ref);
  const inSight = {
    store,
    grid,
    entries,
    tabStop: Math.max(selected, firstCard(entries)),
    top: view.value.top - SPARE,
    bottom: view.value.top + view.value.height + SPARE,
  };
  return (
    <div class="cards-view">
      <CardsLegend store={store} />
      <div class="cards-scroller" ref={ref} onScroll={measure}>
        <div
          class="cards"
          // A listbox: its cards are chosen by arrow keys, as the table's rows are.
          role="listbox"
          aria-label="Change of each quantile, one card for each tensor"
          aria-busy={store.overview.value.data === null}
          data-testid="tensor-cards"
          data-grouped={store.grouped.value}
          style={{ height: `${grid.height}px` }}
          onKeyDown={(event) => moveByKey(event, store, columns)}
        >
          {view.value.width > 0 && <Lines {...inSight} />}
        </div>
        {view.value.width > 0 && <CardMenus {...inSight} />}
        {store.overview.value.data === null && <CardsSkeleton />}
        <Remark store={store} />
      </div>
    </div>
  );
}

/** Blocks where the first cards will be. */
function CardsSkeleton() {
  return (
    <div class="cards-skeleton" aria-hidden="true">
      {Array.from({ length: SKELETON_CARDS }, (_, i) => (
        <i key={String(i)} class="skeleton" style={{ height: `${CARD_HEIGHT}px` }} />
      ))}
    </div>
  );
}

function firstCard(entries: readonly Entry[]): number {
  return entries.findIndex(({ kind }) => kind === "tensor");
}

/** The lines of cards that are drawn. */
export interface LinesProps {
  store: Store;
  grid: CardGrid;
  entries: readonly Entry[];
  /** The one card that the Tab key reaches. */
  tabStop: number;
  top: number;
  bottom: number;
}

function Lines({ store, grid, entries, tabStop, top, bottom }: LinesProps) {
  const run = store.run.value ?? "";
  return linesBetween(grid, top, bottom).flatMap((line) =>
    entries.slice(line.start, line.end).map((entry, i) => {
      const place = { top: `${line.top}px`, height: `${line.height}px` };
      if (entry.kind === "group")
        return (
          <div
            key={`scope ${entry.group.scope}`}
            class="card-head"
            role="presentation"
            style={place}
          >
            <GroupButton {...entry} fold={store.fold} />
          </div>
        );
      const width = 100 / grid.columns;
      return (
        <div
          key={`${run} ${entry.row.tag}`}
          class="card-place"
          role="presentation"
          style={{ ...place, left: `${i * width}%`, width: `${width}%` }}
        >
          <TensorCard
            store={store}
            row={entry.row}
            shared={entry.ends}
            tabStop={line.start + i === tabStop}
          />
        </div>
      );
    }),
  );
}

/** The index of the chosen card, which is scrolled into sight when it changes. */
function useShownSelection(
  store: Store,
  grid: CardGrid,
  scroller: { current: HTMLElement | null },
): number {
  const tag = store.tag.value;
  const selected = entryIndex(store.entries.value, tag);
  const ready = selected >= 0;
  useEffect(() => {
    const element = scroller.current;
    const line = lineOf(grid, selected);
    if (!element || !line) return;
    const { scrollTop, clientHeight } = element;
    if (line.top < scrollTop) element.scrollTop = line === grid.lines[0] ? 0 : line.top;
    else if (line.top + line.height > scrollTop + clientHeight)
      element.scrollTop = line.top + line.height + 16 - clientHeight;
    const focused = document.activeElement;
    if (!focused?.closest("[data-testid='tensor-cards']")) return;
    requestAnimationFrame(() => {
      element.querySelector<HTMLElement>("[aria-selected='true']")?.focus({ preventScroll: true });
    });
  }, [tag, ready, grid.columns]);
  return selected;
}

const PLACES: Record<string, (columns: number) => number> = {
  ArrowRight: () => 1,
  ArrowLeft: () => -1,
  ArrowDown: (columns) => columns,
  ArrowUp: (columns) => -columns,
  Home: () => -Infinity,
  End: () => Infinity,
};

function moveByKey(event: KeyboardEvent, store: Store, columns: number): void {
  const places = PLACES[event.key];
  if (!places || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  store.moveSelection(places(columns));
}

/** What every card draws, said once. */
function CardsLegend({ store }: { store: Store }) {
  const baseline = store.overview.value.data?.baseline ?? "first";
  const since = baseline === "first" ? "the first step" : `the baseline (${baseline})`;
  return (
    <div class="view-legend">
      <p>
        {`Change of each quantile since ${since}, in ${OWN_UNIT}, over ${STEP_LABEL}s; each card has its own scale`}
      </p>
      <div class="legend">
        {bandPairs(BASIS_POINTS).map(({ key, name, depth }) => (
          <span key={key}>
            <i class={`swatch band-${depth}`} />
            {name}
          </span>
        ))}
        <span>
          <i class="swatch median" />
          median
        </span>
      </div>
    </div>
  );
}
