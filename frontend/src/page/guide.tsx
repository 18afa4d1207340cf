import "./guide.css";
import { useEffect, useRef } from "preact/hooks";
import type { Thresholds } from "../api/replies";
import type { Store } from "../store/store";
import { VerdictIcon } from "../ui/marks";
import { VERDICTS, verdictMeaning, verdictWord } from "../words/labels";

/** What the words of the page mean, in place. A dialog: the focus stays in it, Escape ends it. */
export function Guide({ store }: { store: Store }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const limits = store.overview.value.data?.thresholds;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself
    <dialog
      ref={dialog}
      class="guide"
      data-testid="help"
      aria-labelledby="guide-title"
      onClose={store.closeHelp}
      onClick={(event) => {
        if (event.target === dialog.current) dialog.current?.close();
      }}
    >
      <div class="guide-body">
        <header>
          <h2 id="guide-title">What the words mean</h2>
          <button
            type="button"
            class="button"
            data-testid="help-close"
            onClick={() => dialog.current?.close()}
          >
            Close
          </button>
        </header>
        <Entries entries={GUIDE} />
        {limits && <Verdicts limits={limits} />}
        <h3>Keys</h3>
        <Entries entries={KEYS} keys />
      </div>
    </dialog>
  );
}

function Entries({ entries, keys = false }: { entries: readonly GuideEntry[]; keys?: boolean }) {
  return (
    <dl class={keys ? "guide-keys" : "guide-words"}>
      {entries.map(({ word, meaning }) => (
        <div key={word}>
          <dt>{keys ? <kbd>{word}</kbd> : word}</dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
  );
}

function Verdicts({ limits }: { limits: Thresholds }) {
  return (
    <>
      <h3>Verdicts</h3>
      <dl class="guide-verdicts">
        {guideToVerdicts(limits).map(({ word, meaning }, i) => (
          <div key={word}>
            <dt class={`verdict verdict-${VERDICTS[i]}`}>
              <VerdictIcon verdict={VERDICTS[i] ?? "no_data"} />
              <span>{word}</span>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

/** A word of the page and what it means. */
interface GuideEntry {
  word: string;
  meaning: string;
}

export const GUIDE: readonly GuideEntry[] = [
  {
    word: "movement",
    meaning:
      "How far the distribution of a tensor's values is from its baseline's: the average distance that values must travel to turn one histogram into the other (Wasserstein-1). Its percentage is of the spread that the tensor had at its baseline, or of the one value that all had there.",
  },
  {
    word: "floor",
    meaning:
      "A histogram does not say which value is which. Moves up and down cancel in it, so on average the values moved at least as far as their distribution (for certain: as its lower bound), and often several times as far.",
  },
  {
    word: "exact",
    meaning:
      "Marked =. What the recorder measured weight by weight during training: the mean of |w − w₀|. Or, of values that started as one, their root mean square, from the sums that TF1, PyTorch and tensorboardX log beside the buckets. It leads verdicts and sentences, with the distribution's movement beside it. What was recorded can be drawn in place of the change of each quantile.",
  },
  {
    word: "about",
    meaning:
      "How far single values moved on average, estimated: noise smears the sharp ends of a uniform start and widens any other. Nine of ten lie within a factor of 1.4 of it, which the thin lines of the movement chart show. Of tensors that hardly moved, of few values or of coarse ones it is not told.",
  },
  {
    word: "resolution",
    meaning:
      "Logs hold buckets, not values. Below the resolution (grey) a movement could as well come from where the values lie inside their buckets; then bounds stand in its place.",
  },
  {
    word: "bounds",
    meaning:
      "Wherever the values lie inside their buckets, the movement is between these two (the light strip).",
  },
  {
    word: "bands",
    meaning:
      "Nine quantiles from min to max, as in the Distributions tab: half of the values lie below the median, 68 % between the lines 16 % and 84 %. Delta bands are the same lines minus the baseline's, which makes a move of 1 % visible.",
  },
  {
    word: "median, spread, shape",
    meaning:
      "What a movement is made of: the middle went up or down, the middle half became wider or narrower, and what neither explains.",
  },
];

export function guideToVerdicts(limits: Thresholds): GuideEntry[] {
  return VERDICTS.map((verdict) => ({
    word: verdictWord(verdict),
    meaning: verdictMeaning(verdict, limits),
  }));
}

const KEYS: readonly GuideEntry[] = [
  { word: "/", meaning: "filter the tensors" },
  { word: "↑ ↓", meaning: "in the list: another tensor; in the heat map: another row" },
  { word: "← →", meaning: "in a chart: read it step by step, or bucket by bucket" },
  { word: "Home End", meaning: "the first and the last of them" },
  { word: "Enter", meaning: "in a chart: that step's histogram; in the heat map: that tensor" },
  { word: "drag", meaning: "over a chart: zoom; a double click shows all steps again" },
  {
    word: "+ − 0",
    meaning: "in a chart: zoom in and out around the step that is read; 0 shows all",
  },
  { word: "Escape", meaning: "closes what is open, stops what plays" },
  { word: "?", meaning: "this guide" },
];
