import type { Choice } from "./choice";
import { compared } from "./compared";
import { deriveRun } from "./derived-run";
import { deriveTensor } from "./derived-tensor";
import type { HistogramReply, OverviewReply, RunsReply, SeriesReply } from "./replies";
import { Resource, Shelf } from "./resource";
import { trouble } from "./trouble";

/** Every reply under what it answers, so that none can ever be shown in another's place. */
export function createReplies() {
  return {
    runs: new Resource<RunsReply>(),
    overviews: new Shelf<OverviewReply>(24, ({ complete }) => !complete),
    series: new Shelf<SeriesReply>(64),
    histograms: new Shelf<HistogramReply>(256),
  };
}

export type Replies = ReturnType<typeof createReplies>;

/** What follows from the choice and the replies. */
export function derive(choice: Choice, replies: Replies) {
  const ofRun = deriveRun(choice, replies);
  const ofTensor = deriveTensor(choice, replies, ofRun);
  const beside = compared(choice, replies, { ...ofRun, ...ofTensor });
  const known = { ...ofRun, ...ofTensor, ...beside };
  return { ...known, ...trouble(known) };
}

export type Derived = ReturnType<typeof derive>;
