import { computed, effect, type ReadonlySignal } from "@preact/signals";
import type { Api, ApiError } from "../api/client";
import type { Verdict } from "../api/replies";
import type { Replies } from "../api/resource";
import { type Row, rowsOf } from "../model/rows";
import { PARAMETERS } from "../words/labels";
import { shownName } from "../words/names";
import { plural } from "../words/numbers";
import type { Choice } from "./choice";
import type { Derived } from "./derived";

/** Pauses grow up to this while nothing comes of looking. */
const LONGEST_PAUSE = 30_000;
const FIRST_PAUSE = 2_000;
/** Half of the pause that follows: to ask for the news is a look of its own, and doubles it. */
const AFTER_NEWS = 5_000;

interface Doing {
  /** Asks for everything in sight again. */
  reload: () => void;
  /** Whether anybody can see the page. */
  isVisible: () => boolean;
}

/** What the page does by itself: it shows what is new, and finds a server that was away. */
export function followLogs(
  api: Api,
  replies: Replies,
  choice: Choice,
  derived: Derived,
  doing: Doing,
): () => void {
  const look = () => replies.runs.load((signal) => api.runs(signal));
  const disposers = [
    tryAgain(derived.failure, doing),
    lookAgain(derived, choice.following, doing, look),
    announce(choice, derived),
  ];
  return () => {
    for (const dispose of disposers) dispose();
  };
}

/** After a failure that may pass: again and again, each time after twice the pause. */
function tryAgain(failure: ReadonlySignal<ApiError | null>, doing: Doing): () => void {
  let pause = FIRST_PAUSE;
  return effect(() => {
    if (!failure.value?.mayPass) {
      pause = FIRST_PAUSE;
      return undefined;
    }
    const cancel = whenSeen(pause, doing, doing.reload);
    pause = Math.min(LONGEST_PAUSE, 2 * pause);
    return cancel;
  });
}

/** Whether there is more of what is shown: TensorBoard may still be reading, or a training going on. */
function lookAgain(
  { runs, chosen }: Derived,
  following: ReadonlySignal<boolean>,
  doing: Doing,
  look: () => Promise<void>,
): () => void {
  // What grows with a log. Whether it was measured is no news: workers know it one by one.
  const seen = computed(() =>
    JSON.stringify(chosen.value.map((run) => ({ ...run, state: null, median_movement: null }))),
  );
  let [known, pause] = ["", FIRST_PAUSE];
  return effect(() => {
    const { data, loading, error } = runs.value;
    if (!data || loading || error !== null) return undefined;
    // The first runs are waited for in any case: where there is nothing, nothing changes by itself.
    if (!following.value && data.runs.length > 0) return undefined;
    const before = seen.value;
    pause =
      known === before ? Math.min(LONGEST_PAUSE, 2 * pause) : known ? AFTER_NEWS : FIRST_PAUSE;
    known = before;
    return whenSeen(pause, doing, async () => {
      await look();
      if (seen.peek() !== before) doing.reload();
    });
  });
}

/** Says what became of tensors while somebody looked on: that one broke, or stopped. */
function announce(choice: Choice, { overview, run }: Derived): () => void {
  let [of, known] = ["", new Map<string, string>()];
  return effect(() => {
    const { data, loading } = overview.value;
    const subject = JSON.stringify([run.value, choice.baseline.value, choice.thresholds.value]);
    if (!data?.complete || loading) return;
    const now = new Map(rowsOf(data).map((row) => [row.tag, becameOf(row)]));
    const news = [...now].filter(([tag, what]) => what !== "" && (known.get(tag) ?? what) !== what);
    if (of === subject && news.length > 0) choice.told.value = newsText(news);
    [of, known] = [subject, now];
  });
}

const BROKE: Partial<Record<Verdict, string>> = {
  non_finite: "turned NaN or infinite",
  exploding: "exploded",
  collapsed: "collapsed",
};

function becameOf({ verdict, role, flags }: Row): string {
  if (!PARAMETERS.has(role)) return "";
  return BROKE[verdict] ?? (flags.includes("stopped") ? "stopped" : "");
}

function newsText(news: readonly (readonly [tag: string, what: string])[]): string {
  const [[tag, what] = ["", ""]] = news;
  const more = news.length > 1 ? `, and ${plural(news.length - 1, "more tensor")} changed so` : "";
  return `${shownName(tag)} ${what}${more}.`;
}

/** After the pause, and not before the page is in sight. */
function whenSeen(pause: number, { isVisible }: Doing, act: () => void): () => void {
  const timer = setInterval(() => {
    if (!isVisible()) return;
    clearInterval(timer);
    act();
  }, pause);
  return () => clearInterval(timer);
}

const BETWEEN_STEPS = 160;

/** While playing: one kept step further, each after the one before has been drawn. */
export function playSteps(choice: Choice, derived: Derived): () => void {
  const { seriesData, chosenStep, histogram } = derived;
  return effect(() => {
    if (!choice.playing.value) return undefined;
    const steps = seriesData.value?.steps;
    const at = steps?.indexOf(chosenStep.value ?? Number.NaN) ?? -1;
    const { data, error } = histogram.value;
    if (error !== null) choice.playing.value = false;
    if (!steps || data === null || error !== null) return undefined;
    const next = steps[at + 1];
    const timer = setTimeout(() => {
      if (next === undefined) choice.playing.value = false;
      else choice.step.value = next;
    }, BETWEEN_STEPS);
    return () => clearTimeout(timer);
  });
}
