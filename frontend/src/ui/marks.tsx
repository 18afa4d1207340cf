import type { ReadonlySignal } from "@preact/signals";
import type { RefObject } from "preact";
import type { State, Verdict } from "../api/replies";
import type { Names } from "../model/names";
import type { Row } from "../model/rows";
import { flagWord, stateWord, verdictWord } from "../words/labels";
import { visible } from "../words/names";

/** Drawn in a 12 by 12 box: a shape for each verdict, so that colour is never needed to tell. */
const ICONS: Record<Verdict, string> = {
  no_data: "M2.5 6h7",
  non_finite: "M3 3l6 6M9 3l-6 6",
  exploding: "M6 10.5v-8M2.5 6L6 2l3.5 4",
  collapsed: "M6 1.5v8M2.5 6L6 10l3.5-4",
  single_step: "M6 6h.01",
  unchanged: "M2.5 4.5h7M2.5 7.5h7",
  unresolved: "M2 6q2-3 4 0t4 0",
  barely_moved: "M1.5 8q4.5 0 9-2",
  moved: "M1.5 9.5q5 0 9-6",
  moved_far: "M1.5 10.5q5.500 0 7.500-8M6 4.500l3-2.500 1.500 3.500",
};

export function VerdictIcon({ verdict }: { verdict: Verdict }) {
  return (
    <svg class="verdict-icon" viewBox="-1 -1 14 14" width="14" height="14" aria-hidden="true">
      <path d={ICONS[verdict] ?? ICONS.no_data} />
    </svg>
  );
}

interface Props {
  verdict: Verdict;
  title: string;
}

/** The verdict by glyph and word: neither needs its colour. */
export function VerdictChip({ verdict, title }: Props) {
  return (
    <span class={`verdict verdict-${verdict}`} title={title}>
      <VerdictIcon verdict={verdict} />
      <span>{verdictWord(verdict)}</span>
    </span>
  );
}

/** What else to know beside the verdict, in a word each. */
export function FlagBadges({ row }: { row: Row }) {
  if (row.flags.length === 0) return null;
  return (
    <span class="flags" data-testid="flags">
      {row.flags.map((flag) => (
        <span
          key={flag}
          class="flag"
          data-testid={`flag-${flag}`}
          title={row.evidence.flags[flag] ?? ""}
        >
          {flagWord(flag)}
        </span>
      ))}
    </span>
  );
}

/** Each flag's reason, as a line of its own. */
export function FlagReasons({ row }: { row: Row }) {
  if (row.flags.length === 0) return null;
  return (
    <ul class="flag-reasons">
      {row.flags.map((flag) => (
        <li key={flag} data-testid={`flag-reason-${flag}`}>
          <b>{flagWord(flag)}</b> <Prose text={row.evidence.flags[flag] ?? ""} />
        </li>
      ))}
    </ul>
  );
}

/** A table's row has room for a mark only; its title gives the reasons. */
export function FlagMark({ row }: { row: Row }) {
  if (row.flags.length === 0) return null;
  const reasons = row.flags.map((flag) => `${flagWord(flag)}: ${row.evidence.flags[flag] ?? ""}`);
  return (
    <span
      class="flag-mark"
      data-testid="flag-mark"
      role="img"
      aria-label={row.flags.map(flagWord).join(", ")}
      title={reasons.join("\n")}
    >
      <svg width="10" height="12" aria-hidden="true">
        <path d="M2 11V1.500h6.500l-2 2.500 2 2.500H2" />
      </svg>
    </span>
  );
}

/** A run's line as legends show it: its colour and its dash. */
export function RunKey({ slot }: { slot: number }) {
  return (
    <svg class={`swatch run-key run-slot-${slot}`} width="18" height="8" aria-hidden="true">
      <path class="run-line" d="M0,4h18" />
    </svg>
  );
}

/** Drawn in a 16 by 16 box: a shape for each state, so that colour is never needed to tell. */
const STATE_ICONS: Record<State, string> = {
  broke: "M4.5 4.5l7 7M11.5 4.5l-7 7",
  still: "M4 6.5h8M4 9.5h8",
  partly_still: "M4 10.5h4M4 7.5h3q3 0 5-3",
  barely: "M4 9.5q4 0 8-1.5",
  moving: "M4 11q5 0 7.5-6M8.5 5.5l3-1 1 3",
  unknown: "M6 6.2q0-2 2-2t2 1.9q0 1.5-2 2.4v.8M8 11.6v.1",
  measuring: "M8 4.5v3.8l2.5 1.5",
};

/** The state by icon and word; the colour only underlines it. */
export function StateMark({ state }: { state: State }) {
  return (
    <span class={`answer-state state-${state}`}>
      <svg width="16" height="16" aria-hidden="true">
        <circle cx="8" cy="8" r="7.25" />
        <path d={STATE_ICONS[state] ?? STATE_ICONS.unknown} />
      </svg>
      {stateWord(state)}
    </span>
  );
}

interface TagNameProps {
  tag: string;
  names: Names;
  /** In pixels. */
  room: number;
}

/** The text that stands for a tensor: without what all share, and told apart from all others. */
export function TagName({ tag, names, room }: TagNameProps) {
  return <span class={tag === "" ? "tag-name unnamed" : "tag-name"}>{names.text(tag, room)}</span>;
}

interface SharedEndsProps {
  store: { names: ReadonlySignal<Names> };
  /** To be measured by. */
  room?: RefObject<HTMLDivElement | null>;
}

/** What all shown names begin and end with, once above them. */
export function SharedEnds({ store, room }: SharedEndsProps) {
  const { ends } = store.names.value;
  const [prefix, suffix] = [visible(ends.prefix), visible(ends.suffix)];
  const text = [prefix && `${prefix}…`, suffix && `…${suffix}`].filter(Boolean).join("  ");
  // What is measured by is there whatever it says.
  if (!room && text === "") return null;
  return (
    <div {...(room && { ref: room })} class="shared-ends" data-testid="shared-ends" title={text}>
      {text}
    </div>
  );
}

/**
 * A sentence from the server, as text, whatever names are in it; a number and its %, and a --flag,
 * are never torn apart.
 */
export function Prose({ text }: { text: string }) {
  return (
    <>
      {visible(text)
        .split(/(\S+ %|--\S+)/)
        .map((part, i) => (i % 2 ? <span class="unbroken">{part}</span> : part))}
    </>
  );
}
