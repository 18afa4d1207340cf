import { type Signal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

export interface ScrollWindow {
  top: number;
  height: number;
  width: number;
}

interface Scrolled {
  ref: RefObject<HTMLDivElement | null>;
  view: Signal<ScrollWindow>;
  measure: () => void;
}

/** What of a scrolling element is in sight, followed as it scrolls and changes its size. */
export function useScrollWindow(): Scrolled {
  const ref = useRef<HTMLDivElement>(null);
  const view = useSignal<ScrollWindow>({ top: 0, height: 600, width: 0 });
  const measure = () => {
    const element = ref.current;
    if (!element) return;
    const { scrollTop: top, clientHeight: height, clientWidth: width } = element;
    view.value = { top, height, width };
  };
  useLayoutEffect(() => {
    measure();
    const observer = new ResizeObserver(measure);
    if (ref.current) observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return { ref, view, measure };
}

/** The width of an element in pixels, followed as it changes; 0 until it is known. */
export function useWidth(): [Scrolled["ref"], number] {
  const { ref, view } = useScrollWindow();
  return [ref, view.value.width];
}

/** Whether the window is as a media query asks, followed as it changes. */
export function useMedia(asked: string): boolean {
  const [query] = useState(() => matchMedia(asked));
  const [matches, setMatches] = useState(query.matches);
  useEffect(() => {
    const follow = () => setMatches(query.matches);
    query.addEventListener("change", follow);
    return () => query.removeEventListener("change", follow);
  }, [query]);
  return matches;
}

/** Rows of one height let the visible window be computed instead of measured. */
const ROW_HEIGHT = 30;
const SPARE = 10;

/** The rows [start, end) in sight, with a few spare ones on either side. */
export function windowOf(
  count: number,
  scrollTop: number,
  height: number,
): { start: number; end: number } {
  const first = Math.floor(scrollTop / ROW_HEIGHT) - SPARE;
  const last = Math.ceil((scrollTop + height) / ROW_HEIGHT) + SPARE;
  const end = Math.min(count, last);
  return { start: Math.max(0, Math.min(first, end)), end };
}

/** How many rows the page keys go in a table of that height: one stays in sight. */
export function rowsOnPage(height: number): number {
  return Math.max(1, Math.floor(height / ROW_HEIGHT) - 2);
}

/** Scrolls no further than is needed to show a row of a table below its head. */
export function showRow(scroller: Element, row: number, head: number): void {
  scrollIntoSight(scroller, row * ROW_HEIGHT, ROW_HEIGHT, head);
}

/** Scrolls no further than is needed to show what begins at `top`; `head` stays above it. */
export function scrollIntoSight(scroller: Element, top: number, height: number, head = 0): void {
  const lowest = top + height + head - scroller.clientHeight;
  if (scroller.scrollTop > top) scroller.scrollTop = top;
  else if (scroller.scrollTop < lowest) scroller.scrollTop = lowest;
}

/** A list in a new order is read from its start. */
export function useStartOf(order: unknown, scroller: RefObject<HTMLElement | null>): void {
  const before = useRef(order);
  useLayoutEffect(() => {
    if (before.current !== order) scroller.current?.scrollTo({ top: 0 });
    before.current = order;
  }, [order]);
}

/** Stands for so many rows out of sight. */
export function Spacer({ rows }: { rows: number }) {
  return (
    <tbody aria-hidden="true">
      <tr style={{ height: `${rows * ROW_HEIGHT}px` }} />
    </tbody>
  );
}
