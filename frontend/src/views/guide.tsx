import "../styles/guide.css";
import { useEffect, useRef } from "preact/hooks";
import { GUIDE, type GuideEntry, guideToVerdicts, KEYS } from "../guide";
import type { Thresholds } from "../replies";
import type { Store } from "../state";
import { VERDICTS } from "../words";
import { VerdictIcon } from "./verdict-chip";

const USUAL_LIMITS = { moved: 0.01, moved_far: 0.1, exploding: 10, collapsed: 0.1 };

/** What the words of the page mean, in place. A dialog: the focus stays in it, Escape ends it. */
export function Guide({ store }: { store: Store }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const limits = store.overview.value.data?.thresholds ?? USUAL_LIMITS;
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
        <Verdicts limits={limits} />
        <h3>Keys</h3>
        <Entries entries={KEYS} keys />
        <footer>
          <button
            type="button"
            class="button"
            data-testid="hints-again"
            onClick={() => {
              store.bringHintsBack();
              dialog.current?.close();
            }}
          >
            Show the first-time hints again
          </button>
        </footer>
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
