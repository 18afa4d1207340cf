import type { Role, Verdict } from "./replies";
import { DEFAULT_SORT, type Sort, type SortColumn } from "./rows";
import { type RunLink, runsToValues, valuesToRuns } from "./run-link";
import { type ViewLink, valuesToView, viewToValues } from "./view-link";

/** How the tensors are shown; the first is the default. */
export const VIEWS = ["table", "cards", "heatmap", "runs"] as const;

export type ViewName = (typeof VIEWS)[number];

/** What a link to the page restores. */
export interface Link extends RunLink, ViewLink {
  tag: string | null;
  filter: string;
  roles: readonly Role[];
  verdicts: readonly Verdict[];
  sort: Sort;
  view: ViewName;
  grouped: boolean;
}

const GROUPED = "scope";
const PREFIX = "p.weight_delta.";
const SORT_COLUMNS: readonly SortColumn[] = ["tag", "role", "verdict", "movement"];

/** Defaults are left out: a link says only what was chosen. */
export function linkToValues(link: Link): Record<string, string> {
  const values = runsToValues(link);
  if (link.tag !== null) values.tag = link.tag;
  if (link.filter) values.filter = link.filter;
  if (link.roles.length > 0) values.roles = link.roles.join(",");
  if (link.verdicts.length > 0) values.verdicts = link.verdicts.join(",");
  if (link.sort.column !== DEFAULT_SORT.column || link.sort.descending !== DEFAULT_SORT.descending)
    values.sort = (link.sort.descending ? "-" : "") + link.sort.column;
  if (link.view !== VIEWS[0]) values.view = link.view;
  if (link.grouped) values.group = GROUPED;
  return { ...values, ...viewToValues(link) };
}

export function valuesToLink(values: Record<string, string>): Link {
  return {
    ...valuesToRuns(values),
    tag: values.tag ?? null,
    filter: values.filter ?? "",
    roles: list(values.roles) as Role[],
    verdicts: list(values.verdicts) as Verdict[],
    sort: parseSort(values.sort),
    view: VIEWS.find((name) => name === values.view) ?? VIEWS[0],
    grouped: values.group === GROUPED,
    ...valuesToView(values),
  };
}

function list(text: string | undefined): string[] {
  return text ? text.split(",").filter(Boolean) : [];
}

function parseSort(text: string | undefined): Sort {
  const descending = text?.startsWith("-") ?? false;
  const column = SORT_COLUMNS.find((name) => name === text?.slice(descending ? 1 : 0));
  return column ? { column, descending } : DEFAULT_SORT;
}

/** This plugin's values in TensorBoard's hash (`#weight_delta&p.weight_delta.key=value`). */
export function readHash(hash: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [key, value] of pairs(hash)) {
    const name = decode(key);
    if (name.startsWith(PREFIX)) values[name.slice(PREFIX.length)] = decode(value);
  }
  return values;
}

/** The hash with this plugin's values replaced and everything else as it was. */
export function mergeHash(hash: string, values: Record<string, string>): string {
  const foreign = tokens(hash).filter((token) => !decode(token).startsWith(PREFIX));
  const own = Object.entries(values).map(([key, value]) => `${PREFIX}${key}=${encode(value)}`);
  const merged = [...foreign, ...own].join("&");
  return merged ? `#${merged}` : "";
}

function tokens(hash: string): string[] {
  return hash.replace(/^#/, "").split("&").filter(Boolean);
}

function pairs(hash: string): [string, string][] {
  return tokens(hash)
    .map((token) => token.split("="))
    .filter((parts) => parts.length === 2) as [string, string][];
}

/** TensorBoard stops at a bad `%`: half a surrogate pair must not reach the hash either. */
function encode(value: string): string {
  return encodeURIComponent(value.replace(/\p{Surrogate}/gu, "\ufffd"));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
