import type { Row } from "../rows";
import { flagWord } from "../words";
import { Prose } from "./prose";

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
