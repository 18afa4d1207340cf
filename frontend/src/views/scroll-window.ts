import { type Signal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

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
