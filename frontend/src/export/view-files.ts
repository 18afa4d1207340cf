import { effect } from "@preact/signals";
import { heatDomain, heatRow } from "../charts/heat-grid";
import { heatLines } from "../charts/heat-lines";
import { formatCount, plural } from "../format";
import { orderText } from "../order";
import type { OverviewReply, SeriesReply } from "../replies";
import type { Claim } from "../series-queue";
import type { Store } from "../state";
import { baselineText } from "../words";
import { cardPicture } from "./card-picture";
import { type ChartFile, savePicture } from "./chart-files";
import { heatPicture, leftOutNote } from "./heat-picture";
import { inkOf } from "./ink";
import { fileName, fileOf } from "./names";

/** Saves the card of one tensor; tells what was saved. */
export async function saveCard(store: Store, tag: string, format: ChartFile): Promise<string> {
  const claim = store.claimSeries(store.run.peek() ?? "", tag);
  const series = await arrived(claim).finally(claim.release);
  const picture = cardPicture(series, inkOf());
  return `Saved as ${await savePicture(picture, fileOf(series, "card"), format)}.`;
}

/** The series of a claim, when it has been read. */
function arrived({ snapshot }: Claim): Promise<SeriesReply> {
  return new Promise((resolve, reject) => {
    let stop: (() => void) | null = null;
    const settle = (act: () => void) => {
      act();
      queueMicrotask(() => stop?.());
    };
    stop = effect(() => {
      const { data, error } = snapshot.value;
      if (data) settle(() => resolve(data));
      else if (error) settle(() => reject(error));
    });
  });
}

/** Saves the heat map from its first to its last line; tells what was left out. */
export async function saveHeatmap(store: Store, format: ChartFile): Promise<string> {
  const overview = store.overview.peek().data;
  if (!overview) throw new Error("there are no tensors yet");
  const ordered = store.orderedRows.peek();
  const rows = new Map(ordered.map((row) => [row.tag, heatRow(row)]));
  const lines = heatLines(store.entries.peek(), rows);
  const domain = heatDomain([...rows.values()]);
  const notes = [notesOf(store, overview)];
  const picture = heatPicture({ lines, domain, theme: store.theme.peek(), notes }, inkOf());
  const file = await savePicture(picture, fileName(overview.run, "heat-map"), format);
  return [`Saved as ${file}.`, ...leftOutNote(lines.length)].join(" ");
}

function notesOf(store: Store, { run, baseline, columns }: OverviewReply): string {
  const [shown, all] = [store.shownRows.peek().length, store.rows.peek().length];
  const count =
    shown === all ? plural(all, "tensor") : `${formatCount(shown)} of ${plural(all, "tensor")}`;
  const sampled = columns.flags.some((flags) => flags.includes("baseline_sampled"));
  return `run ${run} · ${count} by ${orderText(store.sort.peek())} · ${baselineText(baseline, columns.baseline_step, sampled)}`;
}
