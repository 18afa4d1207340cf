import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { SeriesReply } from "../api/replies";
import { EMPTY, type Snapshot } from "../api/resource";
import type { Names } from "../model/names";
import type { Row } from "../model/rows";
import { hasOnlyRecords } from "../model/series";
import type { Claim } from "../store/loading";
import type { Store } from "../store/store";
import { TagName, VerdictChip } from "../ui/marks";
import { MeasureText, measureInFull, measureInShort } from "../ui/movement-text";
import { verdictWord } from "../words/labels";
import { shownName } from "../words/names";
import { formatNumber } from "../words/numbers";
import { type CardPlot, cardPlot } from "./plot";

const PLOT_WIDTH = 176;
const PLOT_HEIGHT = 82;

interface Props {
  store: Store;
  row: Row;
  names: Names;
  /** For its name, in pixels. */
  room: number;
  tabStop: boolean;
}

export function TensorCard({ store, row, names, room, tabStop }: Props) {
  const ref = useRef<HTMLDivElement>(null);
  const inSight = useInSight(ref);
  const { data, error } = useSeries(store, row.tag, inSight);
  const choose = () => store.selectTag(row.tag);
  return (
    <div
      ref={ref}
      class="card"
      role="option"
      tabIndex={tabStop ? 0 : -1}
      aria-selected={row.tag === store.tag.value}
      aria-label={`${shownName(row.tag)}: ${verdictWord(row.verdict)}, ${measureInShort(row)}`}
      aria-busy={inSight && data === null && error === null}
      data-testid="tensor-card"
      data-tag={row.tag}
      onClick={choose}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        choose();
      }}
    >
      <div class="card-title" title={row.tag}>
        <TagName tag={row.tag} names={names} room={room} />
      </div>
      <div class="card-facts">
        <VerdictChip verdict={row.verdict} title={row.sentence} />
        <span class="cell-movement" title={measureInFull(row)}>
          <MeasureText row={row} />
        </span>
      </div>
      {data ? <Bands series={data} /> : <p class="card-wait">{error?.message}</p>}
    </div>
  );
}

/** Whether the element is in the window, or nearly. */
function useInSight(ref: { current: HTMLElement | null }): boolean {
  const [inSight, setInSight] = useState(false);
  useEffect(() => {
    if (!ref.current) return undefined;
    const observer = new IntersectionObserver(
      (changes) => setInSight(changes.at(-1)?.isIntersecting ?? false),
      { rootMargin: "64px" },
    );
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return inSight;
}

/** The tensor's series, fetched while the card is in sight; what came is kept. */
function useSeries(store: Store, tag: string, inSight: boolean): Snapshot<SeriesReply> {
  const claim = useSignal<Claim | null>(null);
  const run = store.run.value;
  const against = store.againstKey.value;
  useEffect(() => {
    if (!inSight || run === null) return undefined;
    const claimed = store.claimSeries(run, tag);
    claim.value = claimed;
    return claimed.release;
  }, [inSight, run, tag, against]);
  return claim.value?.snapshot.value ?? EMPTY;
}

function Bands({ series }: { series: SeriesReply }) {
  const plot = useMemo(() => cardPlot(series, PLOT_WIDTH, PLOT_HEIGHT), [series]);
  return (
    <div class="card-plot">
      <svg
        viewBox={`0 0 ${PLOT_WIDTH} ${PLOT_HEIGHT}`}
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        {plot.strips.map(({ depth, path }) => (
          <path key={depth} class={`band band-${depth}`} d={path} />
        ))}
        <path class="card-zero" d={`M0,${plot.zero}H${PLOT_WIDTH}`} />
        <path class="median-line" d={plot.median} />
      </svg>
      <CardAxes plot={plot} what={hasOnlyRecords(series) ? "weight" : "quantile"} />
    </div>
  );
}

/** Beside the drawing and below it, never over it. */
function CardAxes({ plot, what }: { plot: CardPlot; what: string }) {
  const { leftOut, still } = plot;
  const remark = still
    ? `no ${what} changed`
    : leftOut.length > 0 && `without ${leftOut.join(", ")}`;
  const why = still ? undefined : "They changed so much more that they would flatten the rest";
  return (
    <>
      {plot.ends.map((value, i) => (
        <span key={String(i)} class={i === 0 ? "card-tick upper" : "card-tick lower"}>
          {value === 0 ? "0" : formatNumber(value, 2)}
        </span>
      ))}
      <span class="card-steps">
        <span>{plot.firstStep}</span>
        {remark && <span title={why}>{remark}</span>}
        <span>{plot.lastStep}</span>
      </span>
    </>
  );
}
