import type { Role, Verdict } from "../api/replies";
import type { Row } from "./rows";

interface TagMatcher {
  matches(tag: string): boolean;
  /** Why the text is not taken as a regular expression; it then matches as plain text alone. */
  problem: string | null;
}

/**
 * The text as a regular expression or as plain text, whichever matches; case never counts. Who
 * types an expression gets it; one that came by a link must not keep the page of somebody else busy.
 */
export function tagMatcher(filter: string, byLink = false): TagMatcher {
  const text = filter.trim().toLowerCase();
  if (!text) return { matches: () => true, problem: null };
  const contains = (tag: string) => tag.toLowerCase().includes(text);
  if (!/[\\^$.*+?()[\]{}|]/.test(text)) return { matches: contains, problem: null };
  if (byLink && mayTakeLong(text)) return { matches: contains, problem: BY_LINK };
  try {
    const pattern = new RegExp(filter.trim(), "i");
    const longest = byLink ? LONGEST_NAME : Infinity;
    const found = (tag: string) => tag.length <= longest && pattern.test(tag);
    return { matches: (tag) => contains(tag) || found(tag), problem: null };
  } catch (error) {
    return { matches: contains, problem: regexProblem(error) };
  }
}

const BY_LINK =
  "A regular expression that came by a link and could take long: matched as plain text until it is typed.";

/** In names up to this length what `mayTakeLong` lets through takes milliseconds; few are longer. */
const LONGEST_NAME = 120;

/**
 * Every choice doubles the ways to match, every repeat multiplies them by much of a name's length;
 * alternatives outside of groups add theirs. Repeated groups and references back have no bound.
 */
function mayTakeLong(expression: string): boolean {
  const marks = expression.replace(/\\.|\[(?:\\.|[^\]\\])*\]|\(\?/gs, "x");
  const waysOf = (part: string) =>
    2 ** ((part.match(/[|?]/g)?.length ?? 0) + 3 * (part.match(/[*+{]/g)?.length ?? 0));
  const parts = /[()]/.test(marks) ? [marks] : marks.split("|");
  const ways = parts.reduce((sum, part) => sum + waysOf(part), 0);
  return ways > 256 || /\)[*+?{]/.test(marks) || /\\[1-9k]/.test(expression);
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
