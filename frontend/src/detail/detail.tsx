import { useEffect, useRef } from "preact/hooks";
import { isArriving } from "../api/resource";
import type { Row } from "../model/rows";
import { MOST_PINS } from "../store/choice";
import type { Store } from "../store/store";
import { lazy } from "../ui/lazy";
import { FlagBadges, FlagReasons, Prose } from "../ui/marks";
import { ErrorState } from "../ui/remark";
import { useMedia } from "../ui/size";
import { verdictMeaning } from "../words/labels";
import { shownName } from "../words/names";
import { useEvidence } from "./evidence";
import { FactLine, MarkLine, ReadingLine } from "./facts";

const TensorCharts = lazy(async () => (await import("./charts")).TensorCharts, ChartSkeletons);

const PIN_HINT =
  "Keep its line beside that of the tensors chosen next; Ctrl and a click in the table do the same";

/** In a low window charts are lower, so that the first one is seen without scrolling. */
const useChartHeight = () => (useMedia("(max-height: 700px)") ? 136 : 196);

/** Everything about the chosen tensor. */
export function Detail({ store }: { store: Store }) {
  const row = store.row.value;
  useEffect(TensorCharts.prepare, []);
  return (
    <section class="detail" data-testid="detail" aria-label="Chosen tensor" data-tag={row?.tag}>
      {row ? <TensorDetail store={store} row={row} /> : <DetailSkeleton store={store} />}
    </section>
  );
}

function TensorDetail({ store, row }: { store: Store; row: Row }) {
  const { data, error } = store.series.value;
  const height = useChartHeight();
  const drawn = useLast(data);
  const { chip, panel } = useEvidence(row, meaningOf(store, row));
  return (
    <>
      <header class="detail-head">
        <h2 title={row.tag}>{shownName(row.tag)}</h2>
        {chip}
        <FlagBadges row={row} />
        <PinButton store={store} tag={row.tag} />
      </header>
      {panel && (
        <>
          {panel}
          <ReadingLine row={row} />
        </>
      )}
      <p class="detail-sentence">
        <Prose text={row.sentence} />
      </p>
      <MarkLine row={row} />
      <FlagReasons row={row} />
      <FactLine row={row} series={data} />
      {error && !data ? (
        <ErrorState store={store} error={error} />
      ) : drawn ? (
        <div class={waitingClass(row.tag, drawn.tag, data !== null)} aria-busy={data === null}>
          <TensorCharts store={store} series={drawn} height={height} />
        </div>
      ) : (
        <ChartSkeletons />
      )}
    </>
  );
}

function PinButton({ store, tag }: { store: Store; tag: string }) {
  const isPinned = store.pins.value.has(tag);
  const isFull = store.pins.value.size >= MOST_PINS;
  return (
    <button
      type="button"
      class="toggle pin"
      data-testid="pin"
      aria-pressed={isPinned}
      disabled={isFull && !isPinned}
      title={isFull && !isPinned ? "No more lines can be told apart" : PIN_HINT}
      onClick={() => store.togglePin(tag)}
    >
      Pin
    </button>
  );
}

/** What is still of another tensor keeps its place for a moment, and is not shown for longer. */
function waitingClass(wanted: string, drawn: string, arrived: boolean): string {
  if (arrived) return "charted";
  return wanted === drawn ? "charted waiting" : "charted waiting other";
}

function meaningOf(store: Store, { verdict, scaleKind }: Row): string {
  if (verdict === "moved" && scaleKind === "none")
    return "Every value started at 0: there is no scale to compare its distance with.";
  const thresholds = store.overview.value.data?.thresholds;
  return thresholds ? verdictMeaning(verdict, thresholds) : "";
}

/** What was there last: the charts keep it until the next tensor's reply comes. */
function useLast<T>(value: T | null): T | null {
  const last = useRef<T | null>(null);
  if (value !== null) last.current = value;
  return last.current;
}

function DetailSkeleton({ store }: { store: Store }) {
  if (!isArriving(store.overview.value)) return null;
  return (
    <>
      <div class="skeletons" aria-hidden="true">
        <i class="skeleton large" style={{ width: "30%" }} />
        <i class="skeleton" style={{ width: "80%" }} />
        <i class="skeleton" style={{ width: "55%" }} />
      </div>
      <ChartSkeletons />
    </>
  );
}

function ChartSkeletons() {
  const height = useChartHeight();
  return (
    <div class="charts" aria-hidden="true">
      {["movement", "delta", "bands", "histogram"].map((name) => (
        <i key={name} class="skeleton block" style={{ height: `${height}px` }} />
      ))}
    </div>
  );
}
