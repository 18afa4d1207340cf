import { useEffect } from "preact/hooks";
import { lineOf } from "../charts/heat-lines";
import type { Heat } from "./heat-keys";

/** Keeps the chosen tensor, and the cursor once it is moved by key, in sight. */
export function useScrollToRow(heat: Heat, scroller: { current: HTMLElement | null }): void {
  const { store, lines, rowHeight, height } = heat;
  const chosen = store.tag.value;
  const cursor = store.cell.value?.tag ?? null;
  const show = (tag: string | null) => {
    const element = scroller.current;
    const index = lineOf(lines, tag);
    if (!element || index < 0) return;
    const top = index * rowHeight;
    const lowest = top + rowHeight - element.clientHeight;
    if (element.scrollTop > top) element.scrollTop = top;
    else if (element.scrollTop < lowest) element.scrollTop = lowest;
  };
  useEffect(() => show(chosen), [chosen, height]);
  useEffect(() => {
    if (scroller.current?.matches(":focus-visible")) show(cursor);
  }, [cursor]);
}
