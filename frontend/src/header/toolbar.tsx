import type { ComponentChildren } from "preact";
import { countRoles } from "../model/rows";
import type { Store } from "../store/store";
import { ROLES, roleGroup } from "../words/labels";
import { formatCount } from "../words/numbers";
import { BaselinePicker, RunPicker, ThresholdsPicker } from "./pickers";

interface Props {
  store: Store;
  /** What is done with the page as a whole. */
  children: ComponentChildren;
}

/** What is shown of which run, against what; and at its end what is done with all of it. */
export function Toolbar({ store, children }: Props) {
  return (
    <header class="toolbar">
      <RunPicker store={store} />
      <TagFilter store={store} />
      <RoleButtons store={store} />
      <div class="toolbar-end">
        <BaselinePicker store={store} />
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
        placeholder="Filter tensors: text or regex"
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

/** None pressed shows every role; each pressed one is let through. */
function RoleButtons({ store }: { store: Store }) {
  const counts = countRoles(store.rows.value);
  const chosen = store.roles.value;
  const present = ROLES.filter((role) => counts.has(role) || chosen.includes(role));
  return (
    <fieldset class="roles">
      <legend class="unseen">Roles</legend>
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
  );
}
