import { batch, effect, signal } from "@preact/signals";
import type { Host } from "./host";
import { createListChoice, followList, listLinkOf } from "./list-choice";
import { type Link, linkToValues, valuesToLink } from "./permalink";
import { createRunChoice, followRuns, runLinkOf } from "./run-choice";
import { createViewChoice, followView, viewLinkOf } from "./view-choice";

const LINK_DELAY = 200;

/** What the user chose. */
export function createChoice(link: Link) {
  return {
    ...createRunChoice(link),
    tag: signal(link.tag),
    filter: signal(link.filter),
    roles: signal(link.roles),
    verdicts: signal(link.verdicts),
    sort: signal(link.sort),
    ...createListChoice(link),
    ...createViewChoice(link),
    helpOpen: signal(false),
    /** What was just done, said in words for a moment. */
    told: signal<string | null>(null),
    /** Counts what Back undoes: each run, tensor and view that the user went to. */
    visits: signal(0),
    /** The step under the pointer, in whichever chart. */
    hoverStep: signal<number | null>(null),
  };
}

export type Choice = ReturnType<typeof createChoice>;

function linkOf(choice: Choice): Link {
  const { tag, filter, roles, verdicts, sort } = choice;
  return {
    ...runLinkOf(choice),
    tag: tag.value,
    filter: filter.value,
    roles: roles.value,
    verdicts: verdicts.value,
    sort: sort.value,
    ...listLinkOf(choice),
    ...viewLinkOf(choice),
  };
}

/** What the address says when it is up to date. */
export function linkValues(choice: Choice): Record<string, string> {
  return linkToValues(linkOf(choice));
}

export function keepLink(host: Host, choice: Choice): () => void {
  let visits = choice.visits.peek();
  return effect(() => {
    const values = linkValues(choice);
    const visited = choice.visits.value !== visits;
    const timer = setTimeout(() => {
      visits = choice.visits.peek();
      host.writeLink(values, visited);
    }, LINK_DELAY);
    return () => clearTimeout(timer);
  });
}

/** Somebody edited the address, or went back: the page follows it. */
export function followLink(host: Host, choice: Choice): void {
  const values = host.readLink();
  if (Object.keys(values).length === 0) return;
  const link = valuesToLink(values);
  batch(() => {
    followRuns(choice, link);
    if (link.tag !== null) choice.tag.value = link.tag;
    choice.filter.value = link.filter;
    choice.roles.value = link.roles;
    choice.verdicts.value = link.verdicts;
    choice.sort.value = link.sort;
    followList(choice, link);
    followView(choice, link);
  });
}
