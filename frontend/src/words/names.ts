/** Names from logs as they may stand on the page: whatever is in one, it changes nothing else. */

/** What stands for an empty one. */
export const NO_NAME = "(no name)";

/** Scripts in whose words joiners are letters' business: ZWJ and ZWNJ stay there. */
const JOINING = ["Arab", "Syrc", "Mong", "Deva", "Beng", "Guru", "Gujr", "Orya", "Taml", "Telu"]
  .concat(["Knda", "Mlym", "Sinh", "Mymr", "Khmr"])
  .map((script) => `\\p{scx=${script}}`)
  .join("");

/** What is seen although it has characters in it that are not: words, emoji, the keys of a phone. */
const SEEN = [
  `[${JOINING}][\\u200c\\u200d](?=[${JOINING}])`,
  "\\p{Extended_Pictographic}[\\ufe0f\\p{Emoji_Modifier}]*(?:\\u200d(?=\\p{Extended_Pictographic}))?",
  "[0-9#*]\\ufe0f\\u20e3",
].join("|");

/** Control and format characters, halves of pairs, and spaces where nothing shows that they are. */
const UNSEEN = "[\\p{Cc}\\p{Zl}\\p{Zp}\\p{Cs}\\p{DI}\\ufff9-\\ufffb]|^ +| +$";

const PARTS = new RegExp(`(${SEEN})|${UNSEEN}`, "gu");

/** The text with a symbol for each character that is not seen, or that turns what is around it. */
export function visible(text: string): string {
  return text.replace(
    PARTS,
    (part: string, seen?: string) => seen ?? [...part].map(symbol).join(""),
  );
}

/** `␊`, `␡`, `␣`, and `⟨U+202E⟩` where there is none. */
function symbol(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (character === " ") return "␣";
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return "␡";
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}

const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** A name in a text of the page: what runs from right to left turns nothing beside it around. */
export function shownName(name: string): string {
  const text = visible(name) || NO_NAME;
  return RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text;
}
