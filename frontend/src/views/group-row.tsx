import { LogBar } from "../charts/log-bar";
import { formatCompact, formatCount, formatRelative, plural } from "../format";
import type { Group } from "../groups";
import { verdictWord } from "../words";
import { VerdictChip } from "./verdict-chip";

interface HeadProps {
  group: Group;
  open: boolean;
  fold: (scope: string, folded: boolean) => void;
}

/** The name of a group and how many tensors it has; a click folds them away or shows them. */
export function GroupButton({ group, open, fold }: HeadProps) {
  const { scope, rows } = group;
  return (
    <button
      type="button"
      class="group-button"
      aria-expanded={open}
      title={`${scope || "Names without a scope"}: ${plural(rows.length, "tensor")}`}
      onClick={() => fold(scope, open)}
      onKeyDown={(event) => {
        if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
        event.stopPropagation();
        fold(scope, event.key === "ArrowLeft");
      }}
    >
      <svg class={open ? "chevron open" : "chevron"} width="10" height="10" aria-hidden="true">
        <path d="M3.500 1.500L7 5L3.500 8.500" />
      </svg>
      <span class="group-name">{scope || "(no scope)"}</span>
      <span class="group-count">{formatCount(rows.length)}</span>
    </button>
  );
}

interface Props extends HeadProps {
  index: number;
  /** Whether the chosen tensor is folded away in it. */
  holdsSelection: boolean;
}

/** What the tensors of one scope have in common, as tall as any other row. */
export function GroupRow({ index, holdsSelection, ...head }: Props) {
  const { scope, worst, elements, relativeMovement } = head.group;
  return (
    <tr
      id={`tensor-row-${index}`}
      class="group-row"
      aria-rowindex={index + 2}
      aria-selected={holdsSelection}
      data-testid="group-row"
      data-scope={scope}
    >
      <td class="cell-tag">
        <GroupButton {...head} />
      </td>
      <td class="cell-role" />
      <td class="cell-verdict">
        <VerdictChip verdict={worst} title={`The most serious verdict: ${verdictWord(worst)}`} />
      </td>
      <td class="cell-sparkline group-elements" title={`${formatCount(elements)} values in all`}>
        {elements === null ? "" : `${formatCompact(elements)} values`}
      </td>
      <td class="cell-bar">
        <LogBar value={relativeMovement} bounds={null} />
      </td>
      <td class="cell-movement" title="The largest relative movement of its tensors">
        <b>{formatRelative(relativeMovement)}</b>
        <span class="unit">{relativeMovement === null ? "" : "largest"}</span>
      </td>
    </tr>
  );
}
