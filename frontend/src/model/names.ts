import type { TextWidth } from "../host/text-width";
import { NO_NAME, visible } from "../words/names";

/** What names begin and end with, in whole parts; no part of what tells them apart. */
export interface SharedEnds {
  prefix: string;
  suffix: string;
}

export const NOTHING_SHARED: SharedEnds = { prefix: "", suffix: "" };

/** Keras logs the histograms of X under X and this. */
const KERAS_SUFFIX = "/histogram";

/** `h.3.attn` is h., 3., attn. */
export const partsOf = (name: string): string[] => name.match(/[^/.]+[/.]?|[/.]+/g) ?? [];

/** As the server's sentences leave it out: the word before a number stays with it. */
export function sharedEnds(tags: readonly string[]): SharedEnds {
  const [first = ""] = tags;
  if (tags.length < 2) return NOTHING_SHARED;
  const suffix = tags.every((tag) => tag.endsWith(KERAS_SUFFIX)) ? KERAS_SUFFIX : "";
  const shortest = tags.reduce((least, tag) => Math.min(least, tag.length), Infinity);
  // Something is left of each name.
  let common = first.slice(0, Math.max(0, shortest - suffix.length - 1));
  for (const tag of tags) common = common.slice(0, lengthInCommon(common, tag));
  let [prefix, shared] = ["", ""];
  for (const part of partsOf(first)) {
    shared += part;
    if (shared.length > common.length || !/[/.]$/.test(part)) break;
    if (!tags.some((tag) => /\d/.test(tag.charAt(shared.length)))) prefix = shared;
  }
  return { prefix, suffix };
}

function lengthInCommon(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}

export function withoutEnds(tag: string, { prefix, suffix }: SharedEnds): string {
  const shares = tag.startsWith(prefix) && tag.endsWith(suffix);
  if (!shares || prefix.length + suffix.length >= tag.length) return tag;
  return tag.slice(prefix.length, tag.length - suffix.length);
}

/** A part that a wrapper put there: it says nothing of the tensor. */
export const isWrapper = (part: string) => /^_\w*(_module|_mod)[/.]?$/.test(part);

const CUT = "…";
/** Rooms are taken in steps of so many pixels: while one is dragged, most texts stay. */
const ROOM_STEP = 8;
/** So many names, from all of the list, tell which parts are common: of most models all. */
const SAMPLE = 5000;
/** So many ways to leave out parts are tried for a name, and so many to cut it anywhere. */
const MOST_TRIES = 12;

/** The texts that stand for tags where they are listed: short, and no two alike. */
export class Names {
  private readonly splits: (tag: string) => string[];
  /** Whole names that look as if they had been cut. */
  private readonly likeCut: ReadonlySet<string>;
  private readonly widths = new Map<string, number>();
  private readonly fitted = new Map<number, { texts: Map<string, string>; taken: Set<string> }>();
  private sample: Sample | null = null;
  private widestOne: number | null = null;

  constructor(
    private readonly tags: readonly string[],
    readonly ends: SharedEnds,
    private readonly widthOf: TextWidth,
  ) {
    const whole = (tag: string) => partsOf(visible(withoutEnds(tag, ends)) || NO_NAME);
    const bare = (tag: string) => whole(tag).filter((part) => !isWrapper(part));
    this.splits = tags.some((tag) => tag.includes("_mod")) && areApart(tags, bare) ? bare : whole;
    const alike = tags.filter((tag) => tag.includes(CUT));
    this.likeCut = new Set(alike.map((tag) => this.splits(tag).join("")));
  }

  /** As many pixels as no whole name is wider; of very many names, as none of some is. */
  get widest(): number {
    this.widestOne ??= everyNth(this.tags)
      .map((tag) => this.sum(this.splits(tag)))
      .reduce((most, width) => Math.max(most, width), 0);
    return Math.ceil(this.widestOne);
  }

  /**
   * A text of at most so many pixels, where that can be told from all others; 0 is any number.
   * It is found when it is asked for: of very many names a list shows a few.
   */
  text(tag: string, room: number): string {
    const parts = this.splits(tag);
    if (room <= 0 || this.sum(parts) <= room) return parts.join("");
    const step = Math.floor(room / ROOM_STEP) * ROOM_STEP;
    const fitted = this.fitted.get(step) ?? { texts: new Map(), taken: new Set() };
    this.fitted.set(step, fitted);
    const text = fitted.texts.get(tag) ?? this.shortened(parts, step, fitted.taken);
    fitted.texts.set(tag, text);
    fitted.taken.add(text);
    return text;
  }

  /** Best a text that no other name could have, else one that none has and few could. */
  private shortened(parts: readonly string[], room: number, taken: ReadonlySet<string>): string {
    const isFree = (text: string) => !taken.has(text) && !this.likeCut.has(text);
    this.sample ??= sampleOf(this.tags, this.splits);
    let [best, fewest]: [string | null, number] = [null, Infinity];
    for (const order of ordersOf(parts, this.sample)) {
      const out = this.leftOut(parts, order, room);
      const text = out && textWithout(parts, out);
      if (text === null || !isFree(text)) continue;
      const others = countOthers(parts, out ?? NOWHERE, this.sample);
      if (others < fewest) [best, fewest] = [text, others];
      if (others === 0) break;
    }
    return best ?? this.cutText([...parts.join("")], room, isFree) ?? parts.join("");
  }

  /** Parts left out in that order until the rest fits; what has room after all comes back. */
  private leftOut(parts: readonly string[], order: readonly number[], room: number) {
    const out = new Set<number>();
    let width = this.sum(parts);
    const gainOf = (place: number) => {
      const beside = Number(out.has(place - 1)) + Number(out.has(place + 1));
      return this.width(parts[place] ?? "") + (beside - 1) * this.width(CUT);
    };
    for (const place of order) {
      if (width <= room) break;
      width -= gainOf(place);
      out.add(place);
    }
    if (width > room) return null;
    for (const place of [...out].reverse()) {
      if (width + gainOf(place) > room) continue;
      width += gainOf(place);
      out.delete(place);
    }
    return out;
  }

  /** Where whole parts do not do: a little of the beginning, and as much of the end as fits. */
  private cutText(
    name: readonly string[],
    room: number,
    isFree: (text: string) => boolean,
  ): string | null {
    for (let head = 0; head < Math.min(MOST_TRIES, name.length); head += 1) {
      const start = `${name.slice(0, head).join("")}${CUT}`;
      const cut = (tail: number) => start + (tail > 0 ? name.slice(-tail).join("") : "");
      // Hardly a character takes less than a pixel.
      const most = Math.min(name.length - head - 1, Math.ceil(room));
      const tail = largestThat((size) => size === 0 || this.widthOf(cut(size)) <= room, most);
      if (isFree(cut(tail))) return cut(tail);
      if (tail === 0) break;
    }
    return null;
  }

  private sum(parts: readonly string[]): number {
    return parts.reduce((all, part) => all + this.width(part), 0);
  }

  private width(part: string): number {
    const known = this.widths.get(part) ?? this.widthOf(part);
    this.widths.set(part, known);
    return known;
  }
}

function areApart(tags: readonly string[], splits: (tag: string) => string[]): boolean {
  const texts = new Set(tags.map((tag) => splits(tag).join("")));
  return texts.size === tags.length && !texts.has("");
}

/** Names that stand for all of a list: how many there are, and those that have a part. */
interface Sample {
  size: number;
  /** As `patternOf` writes them. */
  having(part: string | undefined): readonly string[];
}

/** Names that stand for all of a list. */
function everyNth(tags: readonly string[]): readonly string[] {
  const every = Math.ceil(tags.length / SAMPLE);
  return tags.filter((_, i) => i % every === 0);
}

function sampleOf(tags: readonly string[], splits: (tag: string) => string[]): Sample {
  const names = everyNth(tags).map(splits);
  const byPart = new Map<string, string[]>();
  for (const parts of names) {
    const name = patternOf(parts, NOWHERE);
    for (const part of new Set(parts)) {
      const having = byPart.get(part);
      if (having) having.push(name);
      else byPart.set(part, [name]);
    }
  }
  return { size: names.length, having: (part = "") => byPart.get(part) ?? [] };
}

/**
 * In which order places may be left out, those that tell least first: parts that most names have,
 * of equals the later one, and the ends after others. What tells most stays, and so does the last
 * part, which says what it is, unless all have it. Then the same but for one place, which stays;
 * then with the last part among them.
 */
function ordersOf(parts: readonly string[], { size, having }: Sample): number[][] {
  const share = (place: number) => having(parts[place]).length;
  const last = parts.length - 1;
  const first = share(0) === size ? -1 : -3;
  const rank = (place: number) => (place === last ? -2 : place || first);
  const all = [...parts.keys()]
    .sort((a, b) => share(b) - share(a) || rank(b) - rank(a))
    .slice(0, -1);
  const inside = all.filter((place) => place !== last || share(place) === size);
  return [inside, all].flatMap((order) => {
    const kept = [...order].reverse().slice(0, MOST_TRIES);
    return [order, ...kept.map((stays) => order.filter((place) => place !== stays))];
  });
}

const NOWHERE: ReadonlySet<number> = new Set();

function textWithout(parts: readonly string[], out: ReadonlySet<number>): string {
  const text = (part: string, place: number) =>
    !out.has(place) ? part : out.has(place - 1) ? "" : CUT;
  return parts.map(text).join("");
}

// Characters that no shown name has: where a part ends, a name begins and ends, some are left out.
const [END, FIRST, LAST, GAP] = ["\0", "\x01", "\x02", "\x03"];

/** Parts with their bounds: what lies between two gaps is found as it is in a name without any. */
function patternOf(parts: readonly string[], out: ReadonlySet<number>): string {
  const text = (part: string, place: number) =>
    !out.has(place) ? part + END : out.has(place - 1) ? "" : GAP + END;
  return FIRST + END + parts.map(text).join("") + LAST;
}

/** In how many other names what is left of a name is found, too. */
function countOthers(
  parts: readonly string[],
  out: ReadonlySet<number>,
  { having }: Sample,
): number {
  const lists = parts.filter((_, place) => !out.has(place)).map(having);
  const names = lists.reduce((least, list) => (list.length < least.length ? list : least));
  const own = patternOf(parts, NOWHERE);
  const pieces = patternOf(parts, out).split(GAP);
  const fits = (name: string) => {
    let at = 0;
    return pieces.every((piece) => {
      const found = name.indexOf(piece, at);
      at = found + piece.length - 1;
      return found >= 0;
    });
  };
  return names.reduce((count, name) => count + Number(name !== own && fits(name)), 0);
}

/** The largest number up to `most` that fits; all below a fitting one fit, too. */
function largestThat(fits: (size: number) => boolean, most: number): number {
  let [low, high] = [0, most];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
