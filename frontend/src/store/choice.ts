import { batch, effect, signal } from "@preact/signals";
import type { Host } from "../host/tensorboard";
import {
  DEFAULT_VIEW,
  type Link,
  linkToValues,
  type RunLink,
  type ViewLink,
  valuesToLink,
} from "./link";

const LINK_DELAY = 200;

/** What the user chose. */
export function createChoice(link: Link) {
  return {
    ...createRunChoice(link),
    tag: signal(link.tag),
    filter: signal(link.filter),
    /** The filter that the address brought, until one is typed. */
    linkedFilter: signal<string | null>(link.filter),
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
    if (link.filter !== choice.filter.peek()) {
      choice.filter.value = link.filter;
      choice.linkedFilter.value = link.filter;
    }
    choice.roles.value = link.roles;
    choice.verdicts.value = link.verdicts;
    choice.sort.value = link.sort;
    followList(choice, link);
    followView(choice, link);
  });
}

/** Which runs are shown, and how they are compared. */
function createRunChoice(link: RunLink) {
  return {
    /** The first one leads: its tensors are listed. */
    chosenRuns: signal<readonly string[]>(link.run === null ? [] : [link.run, ...link.others]),
    reference: signal(link.reference),
    aligned: signal(link.aligned),
    runOrder: signal(link.order),
  };
}

export type RunChoice = ReturnType<typeof createRunChoice>;

function runLinkOf({ chosenRuns, reference, aligned, runOrder }: RunChoice): RunLink {
  const [run = null, ...others] = chosenRuns.value;
  return {
    run,
    others,
    reference: reference.value,
    aligned: aligned.value,
    order: runOrder.value,
  };
}

function followRuns(choice: RunChoice, link: RunLink): void {
  const runs = link.run === null ? choice.chosenRuns.peek() : [link.run, ...link.others];
  if (JSON.stringify(runs) !== JSON.stringify(choice.chosenRuns.peek()))
    choice.chosenRuns.value = runs;
  choice.reference.value = link.reference;
  choice.aligned.value = link.aligned;
  if (JSON.stringify(link.order) !== JSON.stringify(choice.runOrder.peek()))
    choice.runOrder.value = link.order;
}

/** One tensor at one step. */
export interface Cell {
  tag: string;
  step: number;
}

/** How the tensors are listed. */
function createListChoice(link: Link) {
  return {
    view: signal(link.view),
    /** Whether they are grouped by name scope, and the scopes that are folded away. */
    grouped: signal(link.grouped),
    folded: signal<ReadonlySet<string>>(new Set()),
    /** The cell of the heat map under the pointer or reached by key. */
    cell: signal<Cell | null>(null),
  };
}

function listLinkOf({ view, grouped }: Choice): Pick<Link, "view" | "grouped"> {
  return { view: view.value, grouped: grouped.value };
}

function followList(choice: Choice, link: Link): void {
  choice.view.value = link.view;
  choice.grouped.value = link.grouped;
}

/** What the user chose of the detail, and of what all tensors are compared with. */
function createViewChoice(link: ViewLink) {
  return {
    /** The step of the histogram; null is the last kept one. */
    step: signal(link.step),
    xAxis: signal(link.xAxis),
    movementAxis: signal(link.movementAxis),
    zoom: signal(link.zoom),
    hiddenBands: signal(link.hiddenBands),
    changeOf: signal(link.changeOf),
    baseline: signal(link.baseline),
    thresholds: signal(link.thresholds),
    /** Whether the histogram steps on by itself. */
    playing: signal(false),
  };
}

type ViewChoice = ReturnType<typeof createViewChoice>;

const KEPT = Object.keys(DEFAULT_VIEW) as (keyof ViewLink)[];

function viewLinkOf(choice: ViewChoice): ViewLink {
  return Object.fromEntries(KEPT.map((key) => [key, choice[key].value])) as unknown as ViewLink;
}

/** Only what differs is set: an equal zoom is the same zoom, and asks for nothing again. */
function followView(choice: ViewChoice, link: ViewLink): void {
  for (const key of KEPT)
    if (JSON.stringify(choice[key].peek()) !== JSON.stringify(link[key]))
      (choice[key] as { value: unknown }).value = link[key];
}
