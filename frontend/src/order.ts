import type { Sort, SortColumn } from "./rows";

const ORDERS: Record<SortColumn, [descending: string, ascending: string]> = {
  tag: ["name, last first", "name"],
  role: ["role, last first", "role"],
  verdict: ["verdict, least serious first", "verdict, most serious first"],
  movement: ["movement, largest first", "movement, smallest first"],
};

/** The order of the tensors in words, to follow "by". */
export function orderText({ column, descending }: Sort): string {
  return ORDERS[column][descending ? 0 : 1];
}
