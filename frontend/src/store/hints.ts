import { computed, signal } from "@preact/signals";

/** What a newcomer is told about, in that order. */
export const HINT_TOPICS = ["headline", "views", "charts"] as const;

export type HintTopic = (typeof HINT_TOPICS)[number];

/** What a browser remembers of the hints: those that were read. */
export interface HintMemory {
  read(): readonly string[];
  write(topics: readonly string[]): void;
}

/**
 * One hint at a time. Their line is kept for the whole visit, read or not, so that nothing jumps;
 * without room for them they stay away until they are asked for.
 */
export function createHints(memory: HintMemory, room: boolean) {
  const read = signal(memory.read());
  const unread = HINT_TOPICS.filter((topic) => !read.peek().includes(topic));
  const hintTopics = signal<readonly HintTopic[]>(room ? unread : []);
  const remember = (topics: readonly string[]) => {
    read.value = topics;
    memory.write(topics);
  };
  return {
    hintTopics,
    /** What the hint that is shown now is about. */
    hint: computed(() => hintTopics.value.find((topic) => !read.value.includes(topic)) ?? null),
    dismissHint: (topic: HintTopic) => remember([...read.peek(), topic]),
    dismissHints: () => remember(HINT_TOPICS),
    bringHintsBack() {
      hintTopics.value = HINT_TOPICS;
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
  write(topics) {
    try {
      localStorage.setItem(KEY, topics.join(","));
    } catch {
      // remembered for this visit
    }
  },
};

/** A notebook's frame has none to spare. */
export function roomForHints(): boolean {
  return window.innerWidth > 860 && window.innerHeight >= 640;
}
