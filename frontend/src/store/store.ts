import { computed, effect, signal } from "@preact/signals";
import type { Api } from "../api/client";
import type { RunsReply } from "../api/replies";
import { createReplies, isArriving } from "../api/resource";
import type { Host } from "../host/tensorboard";
import { kindScope } from "../model/groups";
import { actions } from "./actions";
import { type Choice, createChoice, keepLink, linkValues, valuesToLink } from "./choice";
import { type Derived, derive } from "./derived";
import { followLogs, playSteps } from "./following";
import { loadWhatIsShown, SeriesQueue } from "./loading";
import { summarise } from "./summaries";

export type Store = ReturnType<typeof createStore>;

/**
 * All state of the page: what was chosen, what was read, what follows from both, and the actions.
 */
export function createStore(api: Api, host: Host) {
  const choice = createChoice(valuesToLink(host.readLink()));
  const replies = createReplies();
  const derived = derive(choice, replies);
  const generation = signal(0);
  const reload = () => {
    generation.value += 1;
  };
  const queue = new SeriesQueue(api, replies, generation);
  const { summaries, dispose: endSummaries } = summarise(api, choice, derived);
  const disposers = [
    endSummaries,
    queue.start(),
    loadWhatIsShown(api, replies, choice, derived, generation),
    chooseDefaults(choice, derived),
    keepLink(host, choice),
    playSteps(choice, derived),
    followLogs(api, replies, choice, derived, { reload, isVisible: host.isVisible }),
  ];
  host.onReload(reload);
  return {
    ...choice,
    ...derived,
    theme: host.theme,
    /** What the list of runs says of each. */
    summaries,
    /** The series of one card, fetched in its turn for as long as the card is in sight. */
    claimSeries: (run: string, tag: string) => queue.claim(run, tag, derived),
    /** The list of runs, with how many tensors of the run that leads each has. */
    runsBeside: (signal: AbortSignal) => api.runs(signal, derived.run.peek() ?? ""),
    address: () => host.addressOf(linkValues(choice)),
    ...actions(choice, derived),
    reload,
    dispose: () => {
      for (const dispose of disposers) dispose();
    },
  };
}

/** Until the user chooses: the fullest run, and in it the tensor that its answer speaks of. */
function chooseDefaults(choice: Choice, derived: Derived): () => void {
  const { run, runs, rows, row, overview, folded } = derived;
  const chooseRun = effect(() => {
    const fullest = fullestRun(runs.value.data);
    if (run.value === null && fullest !== null) choice.chosenRuns.value = [fullest];
  });
  const chooseTag = effect(() => {
    const present = rows.value.some(({ tag }) => tag === choice.tag.value);
    const mayCome = isArriving(overview.value);
    const isChosen = choice.tagIsChosen.value && choice.tag.value !== null;
    if (rows.value.length === 0 || (isChosen && (present || mayCome))) return;
    const subject = overview.value.data?.headline.subject?.tag ?? rows.value[0]?.tag ?? null;
    choice.tag.value = subject;
    choice.tagIsChosen.value = false;
  });
  /** What is chosen is not left folded away; it may be folded away again, whatever is read anew. */
  const role = computed(() => row.value?.role);
  const unfold = effect(() => {
    const scope = role.value && kindScope(role.value);
    if (choice.tag.value === null || !scope || !folded.peek().has(scope)) return;
    choice.turned.value = [...choice.turned.peek(), scope];
  });
  return () => {
    chooseRun();
    chooseTag();
    unfold();
  };
}

/** The run with most tensors; among equals, as runs of one experiment are, the newest. */
function fullestRun(reply: RunsReply | null): string | null {
  const [first] = [...(reply?.runs ?? [])].sort(
    (a, b) => b.series - a.series || (b.last_wall_time ?? 0) - (a.last_wall_time ?? 0),
  );
  return first?.run ?? null;
}
