import type { ComponentChildren } from "preact";
import type { OverviewReply, Verdict } from "../api/replies";
import { countRoles } from "../model/rows";
import type { Store } from "../store/store";
import { VerdictIcon } from "../ui/marks";
import { Opener } from "../ui/menu";
import { ROLES, roleGroup, VERDICTS, verdictMeaning, verdictWord } from "../words/labels";
import { formatCount } from "../words/numbers";
import { BaselinePicker, Label, RunPicker, ThresholdsPicker } from "./pickers";

interface Props {
  store: Store;
  /** What is done with the page as a whole. */
  children: ComponentChildren;
}

/** What is shown of which run, against what; and at its end what is done with all of it. */
export function Toolbar({ store, children }: Props) {
  const overview = store.overview.value.data;
  return (
    <header class="toolbar">
      <RunPicker store={store} />
      <BaselinePicker store={store} />
      <TagFilter store={store} />
      <RolePicker store={store} />
      {overview && <VerdictCounts store={store} overview={overview} />}
      <div class="toolbar-end">
        <ThresholdsPicker store={store} />
        {children}
      </div>
    </header>
  );
}

function TagFilter({ store }: { store: Store }) {
  const { problem } = store.matcher.value;
  return (
    <div class="tag-filter">
      <input
        type="search"
        data-testid="tag-filter"
        data-key="/"
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
        }}
        placeholder="Filter: text or regex"
        aria-label="Filter tensors by text or regular expression"
        aria-invalid={problem !== null}
        aria-describedby="tag-filter-problem"
        spellcheck={false}
        value={store.filter.value}
        onInput={(event) => store.typeFilter(event.currentTarget.value)}
      />
      <p id="tag-filter-problem" data-testid="filter-problem" role="status">
        {problem}
      </p>
    </div>
  );
}

/** None pressed shows every kind of tensor; each pressed one is let through. */
function RolePicker({ store }: { store: Store }) {
  const counts = countRoles(store.rows.value);
  const chosen = store.roles.value;
  const present = ROLES.filter((role) => counts.has(role) || chosen.includes(role));
  const names = chosen.length > 0 ? chosen.map(roleGroup).join(", ") : "all";
  return (
    <Opener
      within="picker"
      class={chosen.length > 0 ? "picker-button changed" : "picker-button"}
      data-testid="roles"
      title="Which kinds of tensors are shown"
      label={
        <Label name="Kinds">
          <span class="picker-value">{names}</span>
        </Label>
      }
    >
      {() => (
        <fieldset class="popover form roles">
          <legend class="unseen">Kinds of tensors</legend>
          {present.map((role) => (
            <button
              key={role}
              type="button"
              class="toggle"
              data-testid={`role-${role}`}
              aria-pressed={chosen.includes(role)}
              onClick={() => store.toggleRole(role)}
            >
              {roleGroup(role)} <b>{formatCount(counts.get(role) ?? 0)}</b>
            </button>
          ))}
        </fieldset>
      )}
    </Opener>
  );
}

/** Beyond so many their words have no room in a usual window. */
const MANY_COUNTS = 4;

/** How many tensors fared how; each count is also a filter. */
function VerdictCounts({ store, overview }: { store: Store; overview: OverviewReply }) {
  const chosen = store.verdicts.value;
  const known = new Set<Verdict>([...VERDICTS, ...(Object.keys(overview.counts) as Verdict[])]);
  const shown = [...known].filter(
    (verdict) => overview.counts[verdict] || chosen.includes(verdict),
  );
  return (
    <fieldset class={shown.length > MANY_COUNTS ? "counts many" : "counts"}>
      <legend class="unseen">Verdicts</legend>
      {shown.map((verdict) => {
        const count = formatCount(overview.counts[verdict] ?? 0);
        const word = verdictWord(verdict);
        return (
          <button
            key={verdict}
            type="button"
            class={`count verdict-${verdict}`}
            data-testid={`verdict-${verdict}`}
            title={`${word}: ${verdictMeaning(verdict, overview.thresholds)}`}
            aria-label={`${count} ${word}`}
            aria-pressed={chosen.includes(verdict)}
            onClick={() => store.toggleVerdict(verdict)}
          >
            <VerdictIcon verdict={verdict} />
            <span>
              <b>{count}</b>
              <span class="count-word"> {word}</span>
            </span>
          </button>
        );
      })}
    </fieldset>
  );
}
