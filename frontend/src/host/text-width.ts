/** How wide a text is drawn, in pixels. */
export type TextWidth = (text: string) => number;

/** Where nothing is drawn. */
const AVERAGE = 7;

/** Measures texts as the page writes them. */
export function textWidth(): TextWidth {
  const context = document.createElement("canvas").getContext?.("2d");
  if (!context) return (text) => AVERAGE * text.length;
  // Not the shorthand: it is empty where figures are tabular.
  const { fontWeight, fontSize, fontFamily } = getComputedStyle(document.body);
  context.font = `${fontWeight} ${fontSize} ${fontFamily}`;
  return (text) => context.measureText(text).width;
}
