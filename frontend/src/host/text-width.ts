/** How wide a text is drawn, in pixels. */
export type TextWidth = (text: string) => number;

/** Where nothing is drawn. */
const AVERAGE = 7;

/** Measures texts as the page writes them. */
export function textWidth(): TextWidth {
  const context = document.createElement("canvas").getContext?.("2d");
  if (!context) return (text) => AVERAGE * text.length;
  context.font = getComputedStyle(document.body).font;
  return (text) => context.measureText(text).width;
}
