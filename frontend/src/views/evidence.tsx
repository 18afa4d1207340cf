import { useRef, useState } from "preact/hooks";
import { useEscape } from "../controls/escape";
import { evidenceFacts } from "../evidence";
import type { Row } from "../rows";
import { flagWord, verdictWord } from "../words";
import { Prose } from "./prose";
import { VerdictIcon } from "./verdict-chip";

const PANEL = "evidence";

/** The verdict as a button; pressed, it tells below the header what it rests on. */
export function useEvidence(row: Row, meaning: string) {
  const [openFor, setOpenFor] = useState<string | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const open = openFor === row.tag;
  useEscape(open, () => {
    setOpenFor(null);
    button.current?.focus();
  });
  const chip = (
    <button
      ref={button}
      type="button"
      class={`verdict verdict-button verdict-${row.verdict}`}
      data-testid="verdict-button"
      aria-expanded={open}
      aria-controls={open ? PANEL : undefined}
      title={`${meaning} Press for what this rests on.`}
      onClick={() => setOpenFor(open ? null : row.tag)}
    >
      <VerdictIcon verdict={row.verdict} />
      <span>{verdictWord(row.verdict)}</span>
      <svg class="chevron" width="8" height="6" aria-hidden="true">
        <path d={open ? "M1 4.500l3-3 3 3" : "M1 1.500l3 3 3-3"} />
      </svg>
    </button>
  );
  return { chip, panel: open ? <Evidence row={row} meaning={meaning} /> : null };
}

function Evidence({ row, meaning }: { row: Row; meaning: string }) {
  return (
    <section id={PANEL} class="evidence" data-testid="evidence" aria-label="Evidence">
      <p>{meaning}</p>
      <dl>
        {evidenceFacts(row).map(({ name, shown, full }) => (
          <div key={name} title={full}>
            <dt>{name}</dt>
            <dd>{shown}</dd>
          </div>
        ))}
        {row.flags.map((flag) => (
          <div key={flag}>
            <dt>{flagWord(flag)}</dt>
            <dd>
              <Prose text={row.evidence.flags[flag] ?? ""} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
