import "./guide.css";
import { useEffect, useRef } from "preact/hooks";
import type { Thresholds } from "../api/replies";
import { MEASURE_WORDS } from "../model/measures";
import type { Store } from "../store/store";
import { VerdictIcon } from "../ui/marks";
import { VERDICTS, verdictMeaning, verdictWord } from "../words/labels";

/** How to read the page and what its words mean, in a minute. A dialog: the focus stays in it, Escape ends it. */
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
          <h2 id="guide-title">How to read this page</h2>
          <button
            type="button"
            class="button"
            data-testid="help-close"
            onClick={() => dialog.current?.close()}
          >
            Close
          </button>
        </header>
        <p>
          The line at the top is the answer, and “why?” says what it rests on. Below it are the
          tensors, what matters most first. A click on one shows it step by step.
        </p>
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

/** Measures are explained where they are chosen: here in the same words. */
const measure = (name: "speed" | "norm" | "update_ratio" | "fraction_changed"): GuideEntry => ({
  word: MEASURE_WORDS[name].name.toLowerCase(),
  meaning: `${MEASURE_WORDS[name].hint}.`,
});

export const GUIDE: readonly GuideEntry[] = [
  {
    word: "movement",
    meaning:
      "How far a tensor's distribution is from its baseline's, the first step's: in % of its spread there, or of the one value that all had.",
  },
  {
    word: "≥ floor",
    meaning:
      "Moves up and down cancel in a histogram: single values moved at least as far, often several times as far.",
  },
  {
    word: "= exact",
    meaning:
      "What the recorder measured weight by weight, or the root mean square from sums that the writer logged. It leads wherever it is.",
  },
  {
    word: "about, estimate",
    meaning:
      "How far single values moved on average, estimated from what became of their start: nine of ten lie within a factor of 1.4.",
  },
  {
    word: "resolution, bounds",
    meaning:
      "Below the resolution (grey) a movement may come from where the values lie in their buckets: then bounds stand in its place.",
  },
  {
    word: "map",
    meaning:
      "Layers down, modules across. A cell is a tensor, its colour how far it moved; hatched ones never moved, red ones broke.",
  },
  {
    word: "strip",
    meaning:
      "Beside the views, where something went wrong: the steps at which tensors broke or stopped. A click shows that step.",
  },
  {
    word: "bands",
    meaning:
      "Quantiles from min to max, as in the Distributions tab. Their change since the baseline makes a move of 1 % visible.",
  },
  {
    word: "median, spread, shape",
    meaning:
      "What a movement is made of: the middle moved, the middle half widened or narrowed, and what neither explains.",
  },
  measure("speed"),
  measure("norm"),
  measure("update_ratio"),
  measure("fraction_changed"),
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
  {
    word: "Ctrl + click",
    meaning: "on a row: pins it, so that its line is drawn beside the chosen tensor's",
  },
  { word: "Escape", meaning: "closes what is open, stops what plays" },
  { word: "?", meaning: "this guide" },
];
