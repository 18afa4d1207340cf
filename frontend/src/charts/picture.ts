import type { OverviewReply } from "../api/replies";
import { download, fileName } from "../host/files";
import type { Row } from "../model/rows";
import type { Store } from "../store/store";
import { baselineText } from "../words/baseline";
import { shownName } from "../words/names";
import { formatCount } from "../words/numbers";
import { CHARACTER } from "./plot";
import { formatMoment } from "./step-axis";

/** Pictures of what is on the screen: one SVG that needs nothing around it, or that as a PNG. */
export interface Picture {
  svg: string;
  width: number;
  height: number;
}

export type ChartFile = "svg" | "png";

/** Screens of today show two pixels where one is asked for. */
const SHARPNESS = 2;

interface Drawn {
  figure: Element | null;
  store: Pick<Store, "overview" | "row">;
  steps: readonly number[];
  file: string;
}

/** Saves a chart with its title, axes and legend as it looks now; gives the file's name. */
export async function saveFigure({ figure, store, steps, file }: Drawn, format: ChartFile) {
  const [overview, row] = [store.overview.peek().data, store.row.peek()];
  const notes = overview && row ? provenance(overview, [row], steps) : [];
  return savePicture(pictureOf(figure, notes), file, format);
}

interface View {
  /** What of it is taken along, as a selector; and what it scrolls in. */
  parts: string;
  scroller: string;
  /** What it shows. */
  told: string;
  /** What its file is called beside the run. */
  name: string;
}

/** Saves what is in sight of a view of all tensors, with its legend; gives the file's name. */
export async function saveView(store: Pick<Store, "overview" | "rows">, view: View) {
  const overview = store.overview.peek().data;
  if (!overview) throw new Error("there are no tensors yet");
  const scroller = document.querySelector(view.scroller);
  const isCut = scroller && scroller.scrollHeight > scroller.clientHeight + 1;
  const told = `${isCut ? "what is in sight of " : ""}${view.told}`;
  const notes = [told, ...provenance(overview, store.rows.peek())];
  const parts = [...document.querySelectorAll(view.parts)];
  return saveSight({ parts, notes }, fileName(overview.run, view.name));
}

/** Saves what is in sight; gives the file's name. */
export async function saveSight(sight: Sight, name: string) {
  return savePicture(sightOf(sight), name, "png");
}

async function savePicture(picture: Picture, name: string, format: ChartFile) {
  const file = `${name}.${format}`;
  const svg = new Blob([picture.svg], { type: "image/svg+xml;charset=utf-8" });
  download(file, format === "svg" ? svg : await drawn(picture));
  return file;
}

async function drawn({ svg, width, height }: Picture): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = width * SHARPNESS;
  canvas.height = height * SHARPNESS;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (!blob) throw new Error("the browser gave no picture");
  return blob;
}

/** What of a computed style an SVG by itself needs. */
const STYLES = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-opacity",
  "stroke-dasharray",
  "stroke-linejoin",
  "vector-effect",
  "overflow",
  "opacity",
  "font-family",
  "font-size",
  "font-weight",
  "paint-order",
  "text-anchor",
] as const;

const DASHES: Record<string, string> = { dashed: "4 2", dotted: "2 2" };
const MARGIN = 12;
const LINE = 18;
const KEY = 16;

/** A chart without its menu: title, tensor, legend, and the drawing. */
function pictureOf(figure: Element | null, told: readonly string[]): Picture {
  // Not a key of its legend, which may be drawn, too.
  const chart = figure?.querySelector(".plot > svg");
  if (!figure || !chart) throw new Error("there is no chart to save");
  const title = figure.querySelector("h3");
  const tensor = figure.closest("[data-testid=detail]")?.querySelector("h2")?.textContent;
  const named = [title, tensor].filter((note) => note !== null && note !== undefined);
  const notes = [...named, ...told];
  return sightOf({ parts: [chart], notes, keys: figure.querySelector("figcaption") ?? figure });
}

/** One key after the other, on as many lines as they need. */
function legend(figure: Element, canvas: Element, inner: number, above: number): number {
  let [x, y] = [MARGIN, above + LINE];
  const items = [...figure.querySelectorAll(".legend > *")].filter(
    (item) => item.getAttribute("aria-pressed") !== "false",
  );
  for (const item of items) {
    const name = item.textContent?.trim() ?? "";
    const width = KEY + item.getBoundingClientRect().width + 6;
    if (x > MARGIN && x + width > inner) [x, y] = [MARGIN, y + LINE];
    const swatch = item.querySelector(".swatch");
    if (swatch) canvas.append(keyOf(swatch, x, y));
    canvas.append(text(name, x + KEY, y, item));
    x += width;
  }
  return items.length > 0 ? y : above;
}

function keyOf(swatch: Element, x: number, y: number): Element {
  const style = getComputedStyle(swatch);
  const line = Number.parseFloat(style.borderTopWidth) || 0;
  const middle = y - 4;
  if (swatch.clientHeight === 0 && line > 0)
    return shape("path", {
      d: `M${x},${middle}h12`,
      stroke: style.borderTopColor,
      "stroke-width": line,
      "stroke-dasharray": DASHES[style.borderTopStyle] ?? "none",
    });
  return shape("rect", { x, y: y - 9, width: 10, height: 10, fill: style.backgroundColor });
}

/** A copy that carries its looks along; marks of the pointer stay behind. */
function copyOf(chart: SVGElement): SVGElement {
  const copy = chart.cloneNode(true) as SVGElement;
  const [originals, copies] = [chart, copy].map((svg) => [svg, ...svg.querySelectorAll("*")]);
  originals?.forEach((original, i) => {
    const element = copies?.[i];
    if (!element) return;
    const style = getComputedStyle(original);
    const inline = STYLES.map((name) => `${name}:${style.getPropertyValue(name)}`).join(";");
    element.setAttribute("style", inline);
    for (const name of ["class", "data-testid", "aria-label", "role"])
      element.removeAttribute(name);
  });
  originals?.forEach((original, i) => {
    if (original.matches(".step-mark.hover, .zoom-strip")) copies?.[i]?.remove();
  });
  return copy;
}

function text(content: string, x: number, y: number, like: Element): Element {
  const { fontFamily, fontSize, fontWeight, color } = getComputedStyle(like);
  const element = shape("text", {
    x,
    y,
    fill: color,
    "font-family": fontFamily,
    "font-size": fontSize,
    "font-weight": fontWeight,
  });
  element.textContent = content;
  return element;
}

/** What of the page is taken along. */
interface Sight {
  /** One below the other, as they look now. */
  parts: readonly Element[];
  /** What is written above them: of an element its text, as it looks. */
  notes: readonly (string | Element)[];
  /** Whose legend is told between the two. */
  keys?: Element;
}

/** Of what a picture is, and when it was taken: where it goes nobody can ask the page. */
export function provenance(
  { run, baseline }: OverviewReply,
  rows: readonly Row[],
  shown: readonly number[] = [],
): string[] {
  const steps = rows.map(({ baselineStep }) => baselineStep);
  const sampled = rows.some(({ flags }) => flags.includes("baseline_sampled"));
  return [
    `run ${shownName(run)} · ${baselineText(baseline, steps, sampled)}`,
    [...stepsText(shown), formatMoment(Date.now() / 1000)].join(" · "),
  ];
}

function stepsText(steps: readonly number[]): string[] {
  const [first, last] = [steps[0], steps.at(-1)];
  if (first === undefined || last === undefined) return [];
  if (first === last) return [`step ${formatCount(first)}`];
  return [`steps ${formatCount(first)} to ${formatCount(last)}`];
}

const GAP = 8;
/** Beyond any screen. */
const WIDE = 1e5;
/** What is there for ears, or turns with what it opens. */
const LEFT_BEHIND = ".unseen, .chevron";

export function sightOf({ parts, notes, keys }: Sight): Picture {
  const [first] = parts;
  if (!first) throw new Error("it is not in sight");
  const boxes = parts.map((part) => part.getBoundingClientRect());
  const inner = Math.ceil(Math.max(1, ...boxes.map(({ width }) => width)));
  const canvas = shape("svg", {});
  const plain = keys?.querySelector(".chart-note, p") ?? first;
  let y = MARGIN - GAP;
  for (const note of notes) {
    const [content, like] =
      typeof note === "string" ? [note, plain] : [note.textContent ?? "", note];
    for (const line of wrapped(content, inner / CHARACTER)) {
      y += LINE;
      canvas.append(text(line, MARGIN, y, like));
    }
  }
  if (keys) y = legend(keys, canvas, inner, y);
  parts.forEach((part, i) => {
    const { left = 0, top = 0, height = 0 } = boxes[i] ?? {};
    const place = { transform: `translate(${MARGIN - left},${y + GAP - top})` };
    canvas.append(shape("g", place, ...copiesIn(part)));
    y += GAP + Math.ceil(height);
  });
  return onPaper(canvas, inner + 2 * MARGIN, y + MARGIN);
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

/** Everything below an element that can be seen, each cut off where the page cuts it off. */
function copiesIn(part: Element): Element[] {
  const walker = document.createTreeWalker(
    part,
    NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT,
    (node) =>
      node.parentElement?.closest("svg") || (node instanceof Element && node.matches(LEFT_BEHIND))
        ? NodeFilter.FILTER_REJECT
        : NodeFilter.FILTER_ACCEPT,
  );
  const copies: Element[] = [];
  for (let node: Node | null = part; node; node = walker.nextNode()) {
    const element = node instanceof Element ? node : node.parentElement;
    if (!element) continue;
    const room = windowOn(element, part);
    const { left, top, right, bottom } = room;
    const [width, height] = [right - left, bottom - top];
    const isThere = element.getBoundingClientRect().width > 0;
    if (!isThere || !(width > 0 && height > 0)) continue;
    const looks = node instanceof Text ? textCopy(node, element, room) : boxCopies(element);
    const cut = { x: left, y: top, width, height, viewBox: `${left} ${top} ${width} ${height}` };
    copies.push(...(right < WIDE && looks.length > 0 ? [shape("svg", cut, ...looks)] : looks));
  }
  return copies;
}

/** What lies around an element lets that much of it through. */
function windowOn(element: Element, part: Element) {
  let [left, top, right, bottom] = [-WIDE, -WIDE, WIDE, WIDE];
  for (let each: Element | null = element; each; each = each.parentElement) {
    const box = each.getBoundingClientRect();
    if (getComputedStyle(each).overflow !== "visible") {
      [left, top] = [Math.max(left, box.left), Math.max(top, box.top)];
      [right, bottom] = [Math.min(right, box.right), Math.min(bottom, box.bottom)];
    }
    if (each === part) break;
  }
  return { left, top, right, bottom };
}

/** A text that is cut off ends as on the page; a vertical one runs upwards, as all of them do. */
function textCopy(node: Text, element: Element, room: ReturnType<typeof windowOn>): Element[] {
  if (!node.data.trim()) return [];
  const isUpright = getComputedStyle(element).writingMode.startsWith("vertical");
  const range = document.createRange();
  range.selectNodeContents(node);
  const { left, top, bottom, width, height } = range.getBoundingClientRect();
  let end = node.length;
  const isCut = () => end < node.length;
  const isOver = () => {
    const box = range.getBoundingClientRect();
    const beyond = isUpright ? room.top - box.top : box.right - room.right;
    return beyond > (isCut() ? -CHARACTER : 1);
  };
  while (end > 0 && isOver()) range.setEnd(node, --end);
  const [x, y] = isUpright ? [left + width / 2, bottom] : [left, top + height / 2];
  const copy = text(node.data.slice(0, end) + (isCut() ? "…" : ""), x, y, element);
  if (isUpright) copy.setAttribute("transform", `rotate(-90 ${x} ${y})`);
  copy.setAttribute("dominant-baseline", "central");
  copy.setAttribute("style", "white-space: pre");
  return [copy];
}

const SHARP = "image-rendering: pixelated";

/** Its colour and its edges, and what it draws. */
function boxCopies(element: Element): Element[] {
  const { left: x, top: y, right, bottom, width, height } = element.getBoundingClientRect();
  const box = { x, y, width, height };
  if (element instanceof HTMLCanvasElement)
    return [shape("image", { ...box, href: element.toDataURL(), style: SHARP })];
  const style = getComputedStyle(element);
  const [above, below, before, behind] = [
    style.borderTopWidth,
    style.borderBottomWidth,
    style.borderLeftWidth,
    style.borderRightWidth,
  ].map((edge) => Number.parseFloat(edge) || 0) as [number, number, number, number];
  const edges = [
    { ...box, height: above, fill: style.borderTopColor },
    { ...box, height: below, y: bottom - below, fill: style.borderBottomColor },
    { ...box, width: before, fill: style.borderLeftColor },
    { ...box, width: behind, x: right - behind, fill: style.borderRightColor },
  ].filter((edge) => edge.width > 0 && edge.height > 0);
  const drawing = element instanceof SVGElement ? [copyOf(element)] : [];
  for (const copy of drawing)
    for (const [name, value] of Object.entries(box)) copy.setAttribute(name, String(value));
  return [
    shape("rect", { ...box, fill: style.backgroundColor }),
    ...drawing,
    ...edges.map((edge) => shape("rect", edge)),
  ];
}

const SVG = "http://www.w3.org/2000/svg";

/** Characters that XML has no place for, whatever a name holds. */
const NOT_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

function shape(
  name: string,
  attributes: Record<string, string | number>,
  ...children: Element[]
): Element {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/** The canvas of that size, in the page's colour, as a file of its own. */
function onPaper(canvas: Element, width: number, height: number): Picture {
  const paper = getComputedStyle(document.body).backgroundColor;
  const sides = { width, height, viewBox: `0 0 ${width} ${height}` };
  for (const [key, value] of Object.entries(sides)) canvas.setAttribute(key, String(value));
  canvas.prepend(shape("rect", { width, height, fill: paper }));
  const content = new XMLSerializer().serializeToString(canvas);
  return { svg: content.replace(NOT_XML, "\u{FFFD}"), width, height };
}
