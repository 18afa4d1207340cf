import type { Choice } from "./choice";
import type { Derived } from "./derived";
import { scopeWith } from "./groups";
import type { Cell } from "./list-choice";
import type { ViewName } from "./permalink";

/** What can be done to the list of tensors as a whole. */
export function listActions(choice: Choice, { groups }: Derived) {
  const fold = (scope: string, folded: boolean) => {
    const scopes = new Set(choice.folded.peek());
    if (folded) scopes.add(scope);
    else scopes.delete(scope);
    choice.folded.value = scopes;
  };
  return {
    show(view: ViewName) {
      if (view !== choice.view.peek()) choice.visits.value += 1;
      choice.view.value = view;
    },
    toggleGrouped() {
      choice.grouped.value = !choice.grouped.peek();
    },
    fold,
    /** Folds the group of the selected tensor away, or opens it. */
    foldSelection(folded: boolean) {
      const scope = scopeWith(groups.peek() ?? [], choice.tag.peek());
      if (scope !== null) fold(scope, folded);
    },
    pointAt(cell: Cell | null) {
      const now = choice.cell.peek();
      if (now?.tag !== cell?.tag || now?.step !== cell?.step) choice.cell.value = cell;
    },
  };
}
