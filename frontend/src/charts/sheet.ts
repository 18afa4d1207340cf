import type { Plot, Tick } from "./plot";

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

const MARGIN = 16;
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

/** Grid, ticks and the labels that say what is measured in which unit. */
export function axesOf(plot: Plot, xLabel: string, yLabel: string, ink: Ink): Element[] {
  const { left, right, top } = plot;
  return [
    ...plot.yTicks.map(({ position, text }) =>
      shape(
        "g",
        { transform: `translate(0,${position})` },
        shape("path", { d: `M${left},0H${right}`, stroke: ink.grid }),
        shape("text", { x: left - 6, dy: "0.32em", "text-anchor": "end" }, text),
      ),
    ),
    ...stepsBelow(plot.xTicks, plot, plot.bottom, xLabel, ink),
    shape("text", { x: 2, y: top - 11 }, yLabel),
  ];
}

/** The axis of steps below a drawing. */
export function stepsBelow(
  ticks: readonly Tick[],
  { left, right }: Pick<Plot, "left" | "right">,
  bottom: number,
  label: string,
  ink: Ink,
): Element[] {
  return [
    shape("path", { d: `M${left},${bottom}H${right}`, stroke: ink.line }),
    ...ticks.map(({ position, text }) =>
      shape(
        "g",
        { transform: `translate(${position},${bottom})` },
        shape("path", { d: "M0,0V4", stroke: ink.line }),
        shape("text", { y: 15, "text-anchor": "middle" }, text),
      ),
    ),
    shape("text", { x: (left + right) / 2, y: bottom + 31, "text-anchor": "middle" }, label),
  ];
}

const SVG = "http://www.w3.org/2000/svg";

/** Characters that XML has no place for, whatever a name holds. */
const NOT_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

export interface Picture {
  svg: string;
  width: number;
  height: number;
}

export function shape(
  name: string,
  attributes: Record<string, string | number>,
  ...children: (Element | string)[]
): Element {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/** The canvas of that size as a file of its own. */
export function pictureFrom(canvas: Element, width: number, height: number): Picture {
  const sides = { width, height, viewBox: `0 0 ${width} ${height}` };
  for (const [key, value] of Object.entries(sides)) canvas.setAttribute(key, String(value));
  const text = new XMLSerializer().serializeToString(canvas);
  return { svg: text.replace(NOT_XML, "\u{FFFD}"), width, height };
}

/** The page's colours and its font, for pictures that are drawn anew. */
export interface Ink {
  paper: string;
  ink: string;
  soft: string;
  grid: string;
  line: string;
  band: string;
  /** How dense each pair of bands is, the outermost first. */
  bands: readonly string[];
  median: string;
  ghost: string;
  font: string;
}

/** As the theme in force has them. */
export function inkOf(root: Element = document.documentElement): Ink {
  const style = getComputedStyle(root);
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    paper: token("paper"),
    ink: token("ink"),
    soft: token("ink-soft"),
    grid: token("grid"),
    line: token("hairline-strong"),
    band: token("band"),
    bands: [0, 1, 2, 3].map((depth) => token(`band-${depth}`)),
    median: token("band-line"),
    ghost: token("ghost"),
    font: token("font"),
  };
}
