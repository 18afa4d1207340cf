import { afterEach, expect, test, vi } from "vitest";
import { createHints, HINT_TOPICS, type HintMemory, localMemory } from "../src/store/hints";

function memory(...read: string[]): HintMemory & { kept: readonly string[] } {
  const own = {
    kept: read as readonly string[],
    read: () => own.kept,
    write: (places: readonly string[]) => {
      own.kept = places;
    },
  };
  return own;
}

afterEach(() => {
  vi.unstubAllGlobals();
  localStorage.clear();
});

test("hints come one at a time, in their order, and each only once", () => {
  const own = memory();
  const hints = createHints(own, true);
  for (const place of HINT_TOPICS) {
    expect(hints.hint.value).toBe(place);
    hints.dismissHint(place);
  }
  expect(hints.hint.value).toBeNull();
  expect(createHints(own, true).hintTopics.value).toEqual([]);
});

test("a line is kept for the whole visit, so that nothing jumps when its hint is read", () => {
  const hints = createHints(memory("headline"), true);
  expect(hints.hintTopics.value).toEqual(["views", "charts"]);
  hints.dismissHint("views");
  hints.dismissHints();
  expect(hints.hintTopics.value).toEqual(["views", "charts"]);
  expect(hints.hint.value).toBeNull();
});

test("without room there are none, until they are asked for", () => {
  const hints = createHints(memory(...HINT_TOPICS), false);
  expect(hints.hint.value).toBeNull();
  hints.bringHintsBack();
  expect(hints.hint.value).toBe("headline");
});

test("what was read is remembered in the browser", () => {
  createHints(localMemory, true).dismissHint("headline");
  expect(createHints(localMemory, true).hint.value).toBe("views");
});

test("where storage is forbidden a visit is remembered, and nothing breaks", () => {
  const forbidden = () => {
    throw new DOMException("denied", "SecurityError");
  };
  vi.stubGlobal("localStorage", { getItem: forbidden, setItem: forbidden });
  const hints = createHints(localMemory, true);
  expect(hints.hint.value).toBe("headline");
  hints.dismissHints();
  expect(hints.hint.value).toBeNull();
});
