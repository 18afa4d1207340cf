import { plural } from "./format";
import type { Row } from "./rows";

/** Flags that change how every number of their tensors is to be read. */
const NOTED = ["baseline_sampled", "shared_tag"] as const;

export type NotedFlag = (typeof NOTED)[number];

/** A flag's reason, said once for all tensors that raise it. */
export interface RunNote {
  flag: NotedFlag;
  tags: string[];
  count: string;
  reason: string;
}

export function runNotes(rows: readonly Row[]): RunNote[] {
  return NOTED.flatMap((flag) => {
    const raising = rows.filter(({ flags }) => flags.includes(flag));
    if (raising.length === 0) return [];
    const reason = commonest(raising.map(({ evidence }) => evidence.flags[flag] ?? ""));
    const count = `${raising.length} of ${plural(rows.length, "tensor")}`;
    return [{ flag, tags: raising.map(({ tag }) => tag), count, reason }];
  });
}

function commonest(texts: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return [...counts].find(([, count]) => count === most)?.[0] ?? "";
}
