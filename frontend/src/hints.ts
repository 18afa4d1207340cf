import { computed, signal } from "@preact/signals";

/** Where a newcomer is told something, in the order in which it is told. */
export const HINT_PLACES = ["headline", "views", "charts"] as const;

export type HintPlace = (typeof HINT_PLACES)[number];

/** What a browser remembers of the hints: those that were read. */
export interface HintMemory {
  read(): readonly string[];
  write(places: readonly string[]): void;
}

/**
 * One hint at a time. Their lines are kept for the whole visit, read or not, so that nothing jumps;
 * without room for them they stay away until they are asked for.
 */
export function createHints(memory: HintMemory, room: boolean) {
  const read = signal(memory.read());
  const unread = HINT_PLACES.filter((place) => !read.peek().includes(place));
  const hintPlaces = signal<readonly HintPlace[]>(room ? unread : []);
  const remember = (places: readonly string[]) => {
    read.value = places;
    memory.write(places);
  };
  return {
    hintPlaces,
    /** Where the hint stands that is shown now. */
    hint: computed(() => hintPlaces.value.find((place) => !read.value.includes(place)) ?? null),
    dismissHint: (place: HintPlace) => remember([...read.peek(), place]),
    dismissHints: () => remember(HINT_PLACES),
    bringHintsBack() {
      hintPlaces.value = HINT_PLACES;
      remember([]);
    },
  };
}

const KEY = "weight_delta.hints";

/** Storage may be forbidden, as in a frame of another site: then a visit is all that is remembered. */
export const localMemory: HintMemory = {
  read() {
    try {
      return localStorage.getItem(KEY)?.split(",") ?? [];
    } catch {
      return [];
    }
  },
  write(places) {
    try {
      localStorage.setItem(KEY, places.join(","));
    } catch {
      // remembered for this visit
    }
  },
};

/** A notebook's frame has none to spare. */
export function roomForHints(): boolean {
  return window.innerWidth > 860 && window.innerHeight >= 640;
}
