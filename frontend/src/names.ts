/** What all tags of a table begin and end with, in whole scopes: `model/`, `/histogram`. */
export interface SharedEnds {
  prefix: string;
  suffix: string;
}

export function sharedEnds(tags: readonly string[]): SharedEnds {
  const [first = "", ...others] = tags;
  if (others.length === 0) return { prefix: "", suffix: "" };
  let start = first.length;
  let end = first.length;
  for (const tag of others) {
    let i = 0;
    while (i < start && tag[i] === first[i]) i++;
    start = i;
    let j = 0;
    while (j < end && tag.at(-1 - j) === first.at(-1 - j)) j++;
    end = j;
  }
  const prefix = first.slice(0, first.slice(0, start).lastIndexOf("/") + 1);
  const tail = end > 0 ? first.slice(-end) : "";
  return { prefix, suffix: tail.includes("/") ? tail.slice(tail.indexOf("/")) : "" };
}

const LONGEST_TAIL = 22;
const PLAIN_TAIL = 10;

/** The four parts of a tag; its own part is cut before a word, so that a whole end stays. */
export function splitTag(
  tag: string,
  { prefix, suffix }: SharedEnds,
): [prefix: string, head: string, tail: string, suffix: string] {
  if (prefix.length + suffix.length >= tag.length) return ["", tag, "", ""];
  const own = tag.slice(prefix.length, tag.length - suffix.length);
  if (own.length <= LONGEST_TAIL) return [prefix, own, "", suffix];
  const word = own.slice(-LONGEST_TAIL).search(/[/._]/);
  const at = own.length - (word < 0 ? PLAIN_TAIL : LONGEST_TAIL - word);
  return [prefix, own.slice(0, at), own.slice(at), suffix];
}
