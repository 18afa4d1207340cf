/**
 * Regular expressions in bounded time. A browser's own engine tries ways one after the other, and
 * `(a+)+$` has more of them than the tab would live; this one remembers which state it was in at
 * which character, and is never there twice.
 */

type State =
  | { kind: "one"; fits: (code: number) => boolean; next: number }
  | { kind: "where"; holds: (text: string, at: number) => boolean; next: number }
  | { kind: "look"; start: number; wanted: boolean; next: number }
  | { kind: "fork"; ways: number[] }
  | { kind: "found" };

/** Adds the states of a part of the pattern in front of `next`; gives where they begin. */
type Part = (next: number) => number;

/** Together at most a hundred thousand steps for a name. */
const MOST_STATES = 200;
export const LONGEST_NAME = 500;
const MOST_LOOKS = 2;

const GROUP = /\((?:\?(?:([:=!])|(<[=!])|<[^>]*>))?/y;
const REPEAT = /(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??/y;
const CLASS = /\[(?:\\[\s\S]|[^\]\\])*\]/y;
const ESCAPE = /\\(?:x[\da-f]{2}|u[\da-f]{4}|c[a-z]|[\s\S])/iy;

/** Tells whether the pattern is found in a name; throws where it is none, or more than allowed. */
export function patternSearch(source: string): (name: string) => boolean {
  new RegExp(source, "i"); // says what is wrong with it
  const states: State[] = [{ kind: "found" }];
  const start = partsOf(source, states)(0);
  return (name) =>
    name.length <= LONGEST_NAME && reaches(states, start, name, [...Array(name.length + 1).keys()]);
}

function reaches(states: readonly State[], start: number, text: string, from: number[]): boolean {
  const seen = new Uint8Array(states.length * (text.length + 1));
  const todo = from.map((at) => at * states.length + start);
  const go = (state: number, at: number) => todo.push(at * states.length + state);
  for (let place = todo.pop(); place !== undefined; place = todo.pop()) {
    if (seen[place]) continue;
    seen[place] = 1;
    const at = Math.floor(place / states.length);
    const state = states[place % states.length];
    if (state?.kind === "found") return true;
    if (state?.kind === "fork") for (const way of state.ways) go(way, at);
    if (state?.kind === "where" && state.holds(text, at)) go(state.next, at);
    if (state?.kind === "one" && at < text.length && state.fits(text.charCodeAt(at)))
      go(state.next, at + 1);
    if (state?.kind === "look" && reaches(states, state.start, text, [at]) === state.wanted)
      go(state.next, at);
  }
  return false;
}

function partsOf(source: string, states: State[]): Part {
  let at = 0;
  let looks = 0;

  const add = (state: State): number => {
    if (states.length >= MOST_STATES) throw new Error("too long");
    return states.push(state) - 1;
  };
  const take = (token: RegExp): RegExpExecArray | null => {
    token.lastIndex = at;
    const found = token.exec(source);
    at += found?.[0].length ?? 0;
    return found;
  };

  const branches = (): Part => {
    const all = [sequence()];
    while (source[at] === "|") {
      at += 1;
      all.push(sequence());
    }
    return (next) => add({ kind: "fork", ways: all.map((part) => part(next)) });
  };
  const sequence = (): Part => {
    const parts: Part[] = [];
    while (at < source.length && source[at] !== "|" && source[at] !== ")") parts.push(repeated());
    return (next) => parts.reduceRight((then, part) => part(then), next);
  };
  const repeated = (): Part => {
    const part = atom();
    const found = take(REPEAT);
    if (!found) return part;
    const [, mark, least, comma, most] = found;
    if (mark) return repeat(part, mark === "+" ? 1 : 0, mark === "?" ? 1 : Infinity);
    return repeat(part, Number(least), comma ? Number(most || Infinity) : Number(least));
  };
  const repeat =
    (part: Part, least: number, most: number): Part =>
    (next) => {
      let entry = next;
      if (most === Infinity) {
        const ways = [next];
        entry = add({ kind: "fork", ways });
        ways.push(part(entry));
      } else
        for (let i = least; i < most; i++) entry = add({ kind: "fork", ways: [part(entry), next] });
      for (let i = 0; i < least; i++) entry = part(entry);
      return entry;
    };
  const atom = (): Part => {
    if (source[at] === "(") return group();
    if (source[at] === "^") return where(1, (_, place) => place === 0);
    if (source[at] === "$") return where(1, (text, place) => place === text.length);
    if (source.startsWith("\\b", at)) return where(2, isEdge);
    if (source.startsWith("\\B", at)) return where(2, (text, place) => !isEdge(text, place));
    const token = take(CLASS) ?? take(ESCAPE);
    const text = token?.[0] ?? source.charAt(at++).replace(/[{}\]]/, "\\$&");
    if (/^\\[1-9k]/.test(text)) throw new Error("references are not supported");
    const fits = fitsOnce(new RegExp(`^${text}$`, "i"));
    return (next) => add({ kind: "one", fits, next });
  };
  const group = (): Part => {
    const [, kind, behind] = take(GROUP) ?? [];
    if (behind) throw new Error("lookbehind is not supported");
    const inner = branches();
    at += 1; // the closing parenthesis
    if (kind !== "=" && kind !== "!") return inner;
    return (next) => {
      looks += 1;
      if (looks > MOST_LOOKS) throw new Error("too many lookaheads");
      return add({ kind: "look", start: inner(0), wanted: kind === "=", next });
    };
  };
  const where = (length: number, holds: (text: string, at: number) => boolean): Part => {
    at += length;
    return (next) => add({ kind: "where", holds, next });
  };

  return branches();
}

function isEdge(text: string, at: number): boolean {
  return /\w/.test(text.charAt(at - 1)) !== /\w/.test(text.charAt(at));
}

/** Asks the browser's own engine about a single character, once about each. */
function fitsOnce(pattern: RegExp): (code: number) => boolean {
  const known: (boolean | undefined)[] = [];
  return (code) => (known[code] ??= pattern.test(String.fromCharCode(code)));
}
