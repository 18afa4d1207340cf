import { signal } from "@preact/signals";
import type { Choice } from "./choice";
import type { Link } from "./permalink";

/** One tensor at one step. */
export interface Cell {
  tag: string;
  step: number;
}

/** How the tensors are listed. */
export function createListChoice(link: Link) {
  return {
    view: signal(link.view),
    /** Whether they are grouped by name scope, and the scopes that are folded away. */
    grouped: signal(link.grouped),
    folded: signal<ReadonlySet<string>>(new Set()),
    /** The cell of the heat map under the pointer or reached by key. */
    cell: signal<Cell | null>(null),
  };
}

export function listLinkOf({ view, grouped }: Choice): Pick<Link, "view" | "grouped"> {
  return { view: view.value, grouped: grouped.value };
}

export function followList(choice: Choice, link: Link): void {
  choice.view.value = link.view;
  choice.grouped.value = link.grouped;
}
