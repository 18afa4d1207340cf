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
