import type { TextWidth } from "../host/text-width";

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
  const [first = "", ...others] = tags;
  if (others.length === 0) return NOTHING_SHARED;
  const suffix = tags.every((tag) => tag.endsWith(KERAS_SUFFIX)) ? KERAS_SUFFIX : "";
  const names = tags.map((tag) => partsOf(tag.slice(0, tag.length - suffix.length)));
  const own = partsOf(first.slice(0, first.length - suffix.length));
  const most = names.reduce((least, parts) => Math.min(least, parts.length), own.length) - 1;
  let [prefix, shared] = ["", ""];
  for (let place = 0; place < most; place += 1) {
    if (!names.every((parts) => parts[place] === own[place])) break;
    shared += own[place];
    if (!names.some((parts) => /^\d/.test(parts[place + 1] ?? ""))) prefix = shared;
  }
  return { prefix, suffix };
}

/** A part that a wrapper put there: it says nothing of the tensor. */
export const isWrapper = (part: string) => /^_\w*(_module|_mod)[/.]?$/.test(part);

const CUT = "…";

/** The texts that stand for tags where they are listed: short, and no two alike. */
export class Names {
  private readonly own = new Map<string, readonly string[]>();
  private readonly whole: ReadonlySet<string>;
  private fitted = { room: 0, texts: new Map<string, string>() };

  constructor(
    tags: readonly string[],
    readonly ends: SharedEnds,
    private readonly widthOf: TextWidth,
  ) {
    for (const tag of tags) this.own.set(tag, partsOf(withoutEnds(tag, ends)));
    this.takeWrappersOff();
    this.whole = new Set([...this.own.values()].map((parts) => parts.join("")));
  }

  /** A text of at most so many pixels, where that can be told from all others. */
  text(tag: string, room: number): string {
    if (this.fitted.room !== room) this.fitted = { room, texts: this.fit(room) };
    return this.fitted.texts.get(tag) ?? withoutEnds(tag, this.ends);
  }

  private takeWrappersOff(): void {
    const bare = new Map(
      [...this.own].map(([tag, parts]) => [tag, parts.filter((part) => !isWrapper(part))]),
    );
    const texts = new Set([...bare.values()].map((parts) => parts.join("")));
    if (texts.size < this.own.size || texts.has("")) return;
    for (const [tag, parts] of bare) this.own.set(tag, parts);
  }

  private fit(room: number): Map<string, string> {
    const taken = new Set<string>();
    const texts = new Map<string, string>();
    const widths = new Map<string, number>();
    const width = (part: string) => {
      const known = widths.get(part) ?? this.widthOf(part);
      widths.set(part, known);
      return known;
    };
    const sum = (parts: readonly string[]) => parts.reduce((all, part) => all + width(part), 0);
    const isFree = (text: string) => !taken.has(text) && !this.whole.has(text);
    for (const [tag, parts] of this.own) {
      const whole = parts.join("");
      const text =
        room <= 0 || sum(parts) <= room
          ? whole
          : (withoutMiddle(parts, room - width(CUT), sum).find(isFree) ??
            this.cutText(whole, room - width(CUT), isFree));
      taken.add(text);
      texts.set(tag, text);
    }
    return texts;
  }

  /** Where whole parts do not do: a little of the beginning, and as much of the end as fits. */
  private cutText(name: string, room: number, isFree: (text: string) => boolean): string {
    for (let head = 0; head < name.length; head += 1) {
      const fits = (tail: number) =>
        tail === 0 || this.widthOf(name.slice(0, head) + name.slice(-tail)) <= room;
      const tail = largestThat(fits, name.length - head - 1);
      const text = name.slice(0, head) + CUT + (tail > 0 ? name.slice(-tail) : "");
      if (isFree(text)) return text;
      if (tail === 0) break;
    }
    return name;
  }
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

export function withoutEnds(tag: string, { prefix, suffix }: SharedEnds): string {
  const shares = tag.startsWith(prefix) && tag.endsWith(suffix);
  if (!shares || prefix.length + suffix.length >= tag.length) return tag;
  return tag.slice(prefix.length, tag.length - suffix.length);
}

/** The name with some neighbouring parts left out, as few as may be; those near its end first. */
function withoutMiddle(
  parts: readonly string[],
  room: number,
  sum: (parts: readonly string[]) => number,
): string[] {
  const found: string[] = [];
  for (let out = 1; out < parts.length - 1; out += 1)
    for (let at = parts.length - 1 - out; at >= 1; at -= 1) {
      const [head, tail] = [parts.slice(0, at), parts.slice(at + out)];
      if (sum(head) + sum(tail) <= room) found.push(`${head.join("")}${CUT}${tail.join("")}`);
    }
  return found;
}
