import type { Group } from "../model/groups";
import { shownName } from "../words/names";
import { formatCount, plural } from "../words/numbers";

export interface GroupButtonProps {
  group: Pick<Group, "scope" | "label" | "rows">;
  open: boolean;
  fold: (scope: string, folded: boolean) => void;
  /** Its whole name, where the label was cut. */
  title?: string;
}

/** The name of a group and how many tensors it has; a click folds them away or shows them. */
export function GroupButton({ group, open, fold, title }: GroupButtonProps) {
  const { scope, label, rows } = group;
  return (
    <button
      type="button"
      class="group-button"
      aria-expanded={open}
      title={`${shownName(title ?? label)}: ${plural(rows.length, "tensor")}`}
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
      <span class="group-name">{shownName(label)}</span>
      <span class="group-count">{formatCount(rows.length)}</span>
    </button>
  );
}
