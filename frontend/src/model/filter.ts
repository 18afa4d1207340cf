import { signal } from "@preact/signals";
import type { Role, Verdict } from "../api/replies";
import type { Row } from "./rows";

interface TagMatcher {
  matches(tag: string): boolean;
  /** Why the text is no regular expression; it then matches as plain text alone. */
  problem: string | null;
}

/**
 * The text as a regular expression or as plain text, whichever matches; case never counts. Until
 * the engine for the former is there, everything does.
 */
export function tagMatcher(filter: string): TagMatcher {
  const text = filter.trim().toLowerCase();
  if (!text) return { matches: () => true, problem: null };
  const contains = (tag: string) => tag.toLowerCase().includes(text);
  if (!/[\\^$.*+?()[\]{}|]/.test(text)) return { matches: contains, problem: null };
  try {
    const found = patternSearch(filter.trim());
    return { matches: (tag) => !found || contains(tag) || found(tag), problem: null };
  } catch (error) {
    return { matches: contains, problem: regexProblem(error) };
  }
}

function regexProblem(error: unknown): string {
  const reason = error instanceof Error ? error.message.split(": ").at(-1) : "";
  return `Not a regular expression${reason ? ` (${reason})` : ""}: matched as plain text.`;
}

export interface RowFilter {
  tag: TagMatcher;
  roles: readonly Role[];
  verdicts: readonly Verdict[];
}

/** An empty list of roles or verdicts lets all of them through. */
export function filterRows(rows: readonly Row[], { tag, roles, verdicts }: RowFilter): Row[] {
  return rows.filter(
    (row) =>
      (roles.length === 0 || roles.includes(row.role)) &&
      (verdicts.length === 0 || verdicts.includes(row.verdict)) &&
      tag.matches(row.tag),
  );
}

type Search = (source: string) => (name: string) => boolean;

/** The engine for regular expressions: not needed for the first screen, so it comes when asked. */
const engine = signal<Search | null>(null);
let asked: Promise<void> | null = null;

/** Loads the engine; what was searched meanwhile is searched again by whoever watches. */
export function loadPatterns(): Promise<void> {
  asked ??= import("./pattern").then(
    ({ patternSearch }) => {
      engine.value = patternSearch;
    },
    () => {
      asked = null; // the next key that is typed tries again
    },
  );
  return asked;
}

/** Tells whether the pattern is found in a name; null until the engine is there. */
function patternSearch(source: string): ((name: string) => boolean) | null {
  if (engine.value === null) loadPatterns();
  return engine.value?.(source) ?? null;
}
