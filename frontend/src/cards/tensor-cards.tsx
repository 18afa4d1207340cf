import "../charts/charts.css";
import "./cards.css";
import { useEffect, useMemo } from "preact/hooks";
import { bandPairs } from "../charts/bands";
import { FigureMenu } from "../charts/figure-menu";
import { Key } from "../charts/frame";
import { fileOf } from "../host/files";
import { type Entry, entryIndex } from "../model/groups";
import type { Store } from "../store/store";
import { GroupButton } from "../ui/group-button";
import { keyMoves } from "../ui/keys";
import { SharedEnds } from "../ui/marks";
import { MarksSaid } from "../ui/movement-text";
import { Remark } from "../ui/remark";
import { scrollIntoSight, useScrollWindow } from "../ui/size";
import { OWN_UNIT, STEP_LABEL } from "../words/labels";
import { shownName } from "../words/names";
import {
  acrossLine,
  CARD_HEIGHT,
  type CardGrid,
  type CardLine,
  cardGrid,
  columnsIn,
  INDENT,
  lineOf,
  linesBetween,
} from "./grid";
import { TensorCard } from "./tensor-card";

/** Cards out of sight by less than this are there already when they scroll in. */
const SPARE = CARD_HEIGHT;
const SKELETON_CARDS = 8;
const ROOM_BELOW = 16;
/** Of a name in plain letters. */
const BOLD = 0.92;
/** Padding and borders beside the name of a card, and its menu. */
const AROUND_NAME = 8 + 18 + 24;
const BASIS_POINTS = [0, 668, 1587, 3085, 5000, 6915, 8413, 9332, 10000];

/** Small multiples of delta bands, one for each tensor. */
export function TensorCards({ store }: { store: Store }) {
  const { ref, view, measure } = useScrollWindow();
  const entries = store.entries.value;
  const columns = columnsIn(view.value.width - 2 * 16);
  const grid = useMemo(() => cardGrid(entries, columns), [entries, columns]);
  const selected = useShownSelection(store, grid, ref, view.value.height);
  const { top, height, width } = view.value;
  const lines = width > 0 ? linesBetween(grid, top - SPARE, top + height + SPARE) : [];
  const room = width > 0 ? BOLD * (Math.floor((width - 2 * 16) / columns) - AROUND_NAME) : 0;
  const inSight = {
    store,
    grid,
    entries,
    lines,
    tabStop: reachable(entries, lines, selected),
    room,
  };
  return (
    <div class="cards-view">
      <CardsLegend store={store} />
      <div class="cards-scroller" ref={ref} onScroll={measure}>
        <div class="cards" style={{ height: `${grid.height}px` }}>
          <Heads {...inSight} />
          <div
            // A listbox: its cards are chosen by arrow keys, as the table's rows are.
            class="card-list"
            role="listbox"
            aria-label="Change of each quantile, one card for each tensor"
            aria-busy={store.overview.value.data === null}
            data-testid="tensor-cards"
            onKeyDown={(event) => moveByKey(event, store, columns)}
          >
            <Cards {...inSight} />
          </div>
        </div>
        <CardMenus {...inSight} />
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

/** The Tab key reaches one card: the chosen one, or the first where that is out of sight. */
function reachable(
  entries: readonly Entry[],
  lines: readonly CardLine[],
  selected: number,
): number | null {
  const drawn = lines.flatMap(({ start, end }) =>
    entries.slice(start, end).flatMap(({ kind }, i) => (kind === "tensor" ? [start + i] : [])),
  );
  return drawn.includes(selected) ? selected : (drawn[0] ?? null);
}

/** The lines of cards that are drawn. */
interface LinesProps {
  store: Store;
  grid: CardGrid;
  entries: readonly Entry[];
  /** Those in sight. */
  lines: readonly CardLine[];
  /** The one card that the Tab key reaches. */
  tabStop: number | null;
  /** For the name of a card, in pixels. */
  room: number;
}

/** A list of options may hold nothing else: the heads of groups lie before it. */
function Heads({ store, entries, lines }: LinesProps) {
  return lines.map(({ start, top, height }) => {
    const entry = entries[start];
    if (entry?.kind !== "group") return null;
    const place = { top: `${top}px`, height: `${height}px`, "--depth": entry.depth };
    return (
      <div key={entry.group.scope} class="card-head" style={place}>
        <GroupButton {...entry} fold={store.fold} />
      </div>
    );
  });
}

function Cards({ store, grid, entries, lines, tabStop, room }: LinesProps) {
  const run = store.run.value ?? "";
  return lines.flatMap(({ start, end, top, height }) =>
    entries.slice(start, end).flatMap((entry, i) => {
      if (entry.kind === "group") return [];
      const place = { top: `${top}px`, height: `${height}px` };
      return [
        <div
          key={`${run} ${entry.row.tag}`}
          class="card-place"
          role="presentation"
          style={{ ...place, ...acrossLine(entry.depth, i, grid.columns) }}
        >
          <TensorCard
            store={store}
            row={entry.row}
            names={entry.names}
            room={room - (BOLD * INDENT * entry.depth) / grid.columns}
            tabStop={start + i === tabStop}
          />
        </div>,
      ];
    }),
  );
}

/** The index of the chosen card, which is scrolled into sight when it, its place or the room changes. */
function useShownSelection(
  store: Store,
  grid: CardGrid,
  scroller: { current: HTMLElement | null },
  height: number,
): number {
  const tag = store.tag.value;
  const selected = entryIndex(store.entries.value, tag);
  useEffect(() => {
    const element = scroller.current;
    const line = lineOf(grid, selected);
    if (!element || !line) return;
    scrollIntoSight(element, line.top, line.height + ROOM_BELOW);
    const focused = document.activeElement;
    if (!focused?.closest("[data-testid='tensor-cards']")) return;
    requestAnimationFrame(() => {
      element.querySelector<HTMLElement>("[aria-selected='true']")?.focus({ preventScroll: true });
    });
  }, [tag, grid.columns, height, selected >= 0]);
  return selected;
}

function moveByKey(event: KeyboardEvent, store: Store, columns: number): void {
  const places = keyMoves(event, { across: 1, down: columns });
  if (places === null) return;
  event.preventDefault();
  store.moveSelection(places);
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
          <Key key={key} swatch={`band-${depth}`}>
            {name}
          </Key>
        ))}
        <Key swatch="median">median</Key>
      </div>
      <div class="cards-said">
        <SharedEnds store={store} />
        <MarksSaid store={store} />
      </div>
    </div>
  );
}

/** The menus of the cards in sight: beside the list of cards, which may hold nothing but cards. */
function CardMenus({ store, grid, entries, lines, tabStop }: LinesProps) {
  return (
    <div class="card-menus">
      {lines.flatMap((line) =>
        entries.slice(line.start, line.end).flatMap((entry, i) => {
          if (entry.kind === "group") return [];
          const { tag } = entry.row;
          return [
            <div
              key={tag}
              class="card-menu"
              data-tag={tag}
              style={{
                top: `${line.top}px`,
                left: acrossLine(entry.depth, i + 1, grid.columns).left,
              }}
            >
              <FigureMenu
                of="picture"
                title={shownName(tag)}
                formats={["png"]}
                save={() => saveCard(store, tag)}
                tell={store.tell}
                tabStop={line.start + i === tabStop}
              />
            </div>,
          ];
        }),
      )}
    </div>
  );
}

/** Saves a card as it looks, once it is drawn; gives the file's name. */
async function saveCard(store: Store, tag: string): Promise<string> {
  const { provenance, saveSight } = await import("../charts/picture");
  const card = [...document.querySelectorAll<HTMLElement>(".card")].find(
    ({ dataset }) => dataset.tag === tag,
  );
  const overview = store.overview.peek().data;
  const row = store.rows.peek().find((each) => each.tag === tag);
  if (!card || !overview || !row) throw new Error("the card is not in sight");
  await drawn(card);
  const [legend] = document.querySelectorAll(".cards-view .view-legend");
  const told = legend?.querySelector("p")?.textContent ?? "";
  const notes = [shownName(tag), told, ...provenance(overview, [row])];
  const sight = { parts: [card], notes, ...(legend && { keys: legend }) };
  return saveSight(sight, fileOf({ run: overview.run, tag }, "card"));
}

/** A card may still wait for its series. */
async function drawn(card: Element): Promise<void> {
  while (!card.querySelector(".card-plot")) {
    const problem = card.querySelector(".card-wait")?.textContent;
    if (problem || !card.isConnected) throw new Error(problem || "the card went out of sight");
    await new Promise(requestAnimationFrame);
  }
}
