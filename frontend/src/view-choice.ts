import { signal } from "@preact/signals";
import { DEFAULT_VIEW, type ViewLink } from "./view-link";

/** What the user chose of the detail, and of what all tensors are compared with. */
export function createViewChoice(link: ViewLink) {
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

export type ViewChoice = ReturnType<typeof createViewChoice>;

const KEPT = Object.keys(DEFAULT_VIEW) as (keyof ViewLink)[];

export function viewLinkOf(choice: ViewChoice): ViewLink {
  return Object.fromEntries(KEPT.map((key) => [key, choice[key].value])) as unknown as ViewLink;
}

/** Only what differs is set: an equal zoom is the same zoom, and asks for nothing again. */
export function followView(choice: ViewChoice, link: ViewLink): void {
  for (const key of KEPT)
    if (JSON.stringify(choice[key].peek()) !== JSON.stringify(link[key]))
      (choice[key] as { value: unknown }).value = link[key];
}
