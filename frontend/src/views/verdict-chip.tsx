import type { Verdict } from "../replies";
import { verdictWord } from "../words";

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
    <svg class="verdict-icon" width="12" height="12" aria-hidden="true">
      <path d={ICONS[verdict] ?? ICONS.no_data} />
    </svg>
  );
}

interface Props {
  verdict: Verdict;
  title: string;
}

/** The verdict by icon and word; the colour only underlines it. */
export function VerdictChip({ verdict, title }: Props) {
  return (
    <span class={`verdict verdict-${verdict}`} title={title}>
      <VerdictIcon verdict={verdict} />
      <span>{verdictWord(verdict)}</span>
    </span>
  );
}
