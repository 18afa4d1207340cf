import type { Ink } from "./ink";
import { type Picture, pictureFrom, shape } from "./shapes";

/** What stands above a drawing: what it is of, and what its marks mean. */
export interface Heading {
  title: string;
  notes: readonly string[];
  keys: readonly Key[];
}

export interface Key {
  name: string;
  /** Drawn from (0, 0) to (14, 10). */
  mark: Element;
}

export const MARGIN = 16;
const LINE = 18;
const KEY = 19;
const GAP = 14;
/** Pixels of a character: of the small text, and of the title. */
export const CHARACTER = 6.2;
const TITLE_CHARACTER = 8;

/** A paper with its heading, and the drawing below it. */
export function pictureWith(
  heading: Heading,
  inner: number,
  drawing: { element: Element; height: number },
  ink: Ink,
): Picture {
  const width = inner + 2 * MARGIN;
  const head = headingParts(heading, inner, ink);
  const height = head.height + drawing.height + MARGIN;
  drawing.element.setAttribute("transform", `translate(${MARGIN},${head.height})`);
  const canvas = shape(
    "svg",
    { "font-family": ink.font, "font-size": 11, fill: ink.soft },
    shape("rect", { width, height, fill: ink.paper }),
    ...head.parts,
    drawing.element,
  );
  return pictureFrom(canvas, width, height);
}

function headingParts({ title, notes, keys }: Heading, inner: number, ink: Ink) {
  const bold = { fill: ink.ink, "font-size": 13, "font-weight": 600 };
  const lines = [
    ...wrapped(title, inner / TITLE_CHARACTER).map((text) => ({ text, style: bold })),
    ...notes.flatMap((note) =>
      wrapped(note, inner / CHARACTER).map((text) => ({ text, style: {} })),
    ),
  ];
  const parts = lines.map(({ text, style }, i) =>
    shape("text", { x: MARGIN, y: MARGIN + LINE * i + 12, ...style }, text),
  );
  const legend = legendParts(keys, inner, MARGIN + LINE * lines.length + 4);
  return { parts: [...parts, ...legend.parts], height: legend.height + 8 };
}

/** One key after the other, on as many lines as they need. */
function legendParts(keys: readonly Key[], inner: number, above: number) {
  let [x, y] = [0, above + 2];
  const parts = keys.map(({ name, mark }) => {
    const width = KEY + CHARACTER * name.length + GAP;
    if (x > 0 && x + width > inner) [x, y] = [0, y + LINE];
    const at = `translate(${MARGIN + x},${y})`;
    x += width;
    return shape("g", { transform: at }, mark, shape("text", { x: KEY, y: 9 }, name));
  });
  return { parts, height: keys.length > 0 ? y + LINE : above };
}

/** Lines of at most so many characters, between words where there are any. */
export function wrapped(text: string, most: number): string[] {
  const limit = Math.max(1, Math.floor(most));
  const lines: string[] = [];
  let rest = text;
  while (rest.length > limit) {
    const space = rest.lastIndexOf(" ", limit);
    const at = space > 0 ? space : limit;
    lines.push(rest.slice(0, at));
    rest = rest.slice(at).trimStart();
  }
  return [...lines, rest];
}
