import { expect, test } from "vitest";
import { LONGEST_NAME, patternSearch } from "../src/model/pattern";

/** Numbers that look random and are the same every time. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

const ATOMS = [
  ...[
    "a",
    "b",
    "A",
    ".",
    "/",
    "\\d",
    "\\w",
    "\\W",
    "[ab]",
    "[^a]",
    "[a-b\\d]",
    "1",
    "\\.",
    "\\x61",
  ],
  ...["\\u0062", "[]", "[^]", "{", "}", "]", "-"],
];
const EDGES = ["^", "$", "\\b", "\\B", "(?=a)", "(?!b)"];
const REPEATS = ["*", "+", "?", "*?", "+?", "??", "{2}", "{0,2}", "{1,}", "{0}"];

function pattern(roll: (sides: number) => number, depth: number): string {
  const one = () => {
    if (depth > 0 && roll(4) === 0)
      return `${["(", "(?:", "(?<n>"][roll(2)]}${pattern(roll, depth - 1)})`;
    return ATOMS[roll(ATOMS.length)];
  };
  const parts = Array.from({ length: 1 + roll(3) }, () => {
    if (roll(8) === 0) return EDGES[roll(EDGES.length)];
    return `${one()}${roll(3) === 0 ? REPEATS[roll(REPEATS.length)] : ""}`;
  });
  return roll(6) === 0 ? `${parts.join("")}|${one()}` : parts.join("");
}

test("what is found is what the browser's own engine finds", () => {
  const roll = dice(1);
  let tried = 0;
  for (let i = 0; i < 4000; i++) {
    const source = pattern(roll, 2);
    let found: (name: string) => boolean;
    try {
      found = patternSearch(source);
    } catch {
      continue;
    }
    const own = new RegExp(source, "i");
    for (let j = 0; j < 8; j++) {
      const name = Array.from({ length: roll(7) }, () => "abAB1/.-{}] é\n"[roll(14)]).join("");
      expect(`${source} in ${name}: ${found(name)}`).toBe(
        `${source} in ${name}: ${own.test(name)}`,
      );
      tried += 1;
    }
  }
  expect(tried).toBeGreaterThan(20_000);
});

test.each([
  "(a+)+$",
  "^(a|a)*$",
  "(a|aa)+$",
  "^(.*)*b$",
  "^(a?){25}a{25}$",
  "([a-z]+)*[a-z]+[a-z]+[a-z]+[a-z]+$",
  "(?=(a+)+$)a",
  "^(?!(a*)*b$)(a|b|ab)*$",
])("%s is answered for a long name, whatever ways there are", (source) => {
  const found = patternSearch(source);
  expect(found(`${"a".repeat(LONGEST_NAME - 1)}!`)).toBe(false);
});

test.each([
  ["(a)\\1", "references are not supported"],
  ["(?<x>a)\\k<x>", "references are not supported"],
  ["(?<=a)b", "lookbehind is not supported"],
  ["(?<!a)b", "lookbehind is not supported"],
  ["(?=a)(?=b)(?=c)", "too many lookaheads"],
  ["a{200}", "too long"],
  ["(a{1,20}){1,20}", "too long"],
  ["a".repeat(300), "too long"],
  ["conv(", "Unterminated group"],
])("%s is refused with the reason", (source, why) => {
  expect(() => patternSearch(source)).toThrow(why);
});

test("a name that is too long is not searched", () => {
  expect(patternSearch("a")("a".repeat(LONGEST_NAME))).toBe(true);
  expect(patternSearch("a")("a".repeat(LONGEST_NAME + 1))).toBe(false);
});
