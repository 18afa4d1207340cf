import { download } from "../host/files";
import { type Picture, pictureFrom, shape } from "./sheet";

export type ChartFile = "svg" | "png";

/** Screens of today show two pixels where one is asked for. */
const SHARPNESS = 2;

/** Saves a chart with its title, axes and legend as it looks now; gives the file's name. */
export async function saveFigure(figure: Element, name: string, format: ChartFile) {
  return savePicture(pictureOf(figure), name, format);
}

/** Saves a picture; gives the file's name. */
export async function savePicture(picture: Picture, name: string, format: ChartFile) {
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

/** A figure as one SVG that needs nothing around it: background, title, legend, axes, shapes. */
function pictureOf(figure: Element): Picture {
  const chart = figure.querySelector("svg");
  if (!chart) throw new Error("there is no chart to save");
  const [inner, chartHeight] = [chart.clientWidth, chart.clientHeight];
  const width = inner + 2 * MARGIN;
  const canvas = shape("svg", {});
  const below = head(figure, canvas, inner);
  const copy = copyOf(chart);
  copy.setAttribute("x", String(MARGIN));
  copy.setAttribute("y", String(below));
  copy.setAttribute("overflow", "visible");
  canvas.append(copy);
  const height = below + chartHeight + MARGIN;
  canvas.prepend(shape("rect", { width, height, fill: paperOf(figure) }));
  return pictureFrom(canvas, width, height);
}

/** Title, subject and legend; gives how far down they reach. */
function head(figure: Element, canvas: Element, inner: number): number {
  const title = figure.querySelector("h3");
  const subject = figure.closest("[data-testid=detail]")?.querySelector("h2")?.textContent ?? "";
  let y = MARGIN + LINE - 4;
  if (title) canvas.append(text(title.textContent ?? "", MARGIN, y, title));
  const note = figure.querySelector(".chart-note");
  if (note && subject) {
    y += LINE;
    canvas.append(text(subject, MARGIN, y, note));
  }
  return legend(figure, canvas, inner, y) + 6;
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

function paperOf(figure: Element): string {
  return getComputedStyle(figure.ownerDocument.body).backgroundColor;
}
