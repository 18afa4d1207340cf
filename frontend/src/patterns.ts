import { signal } from "@preact/signals";

type Search = (source: string) => (name: string) => boolean;

/** The engine for regular expressions: not needed for the first screen, so it comes when asked. */
const engine = signal<Search | null>(null);
let asked: Promise<void> | null = null;

/** Loads the engine; what was searched meanwhile is searched again by whoever watches. */
export function loadPatterns(): Promise<void> {
  asked ??= import("./pattern").then(
    ({ patternSearch }) => {
      engine.value = patternSearch;
    },
    () => {
      asked = null; // the next key that is typed tries again
    },
  );
  return asked;
}

/** Tells whether the pattern is found in a name; null until the engine is there. */
export function patternSearch(source: string): ((name: string) => boolean) | null {
  if (engine.value === null) loadPatterns();
  return engine.value?.(source) ?? null;
}
