import { useRef, useState } from "preact/hooks";

/** Shorter than this, a drag is a click. */
const LEAST_DRAG = 6;

export interface Brush {
  /** The strip being drawn, in pixels of the plot. */
  strip: readonly [from: number, to: number] | null;
  start(event: PointerEvent): void;
  move(event: PointerEvent): void;
  /** Ends it; whether it was a drag and no click. */
  end(event: PointerEvent): boolean;
  cancel(): void;
}

/** A strip drawn by dragging; `pixelOf` says where an event lies, `zoom` gets both ends. */
export function useBrush(
  pixelOf: (event: PointerEvent) => number,
  zoom: (from: number, to: number) => void,
): Brush {
  const from = useRef<number | null>(null);
  const [to, setTo] = useState<number | null>(null);
  const cancel = () => {
    from.current = null;
    setTo(null);
  };
  const dragged = (pixel: number) =>
    from.current !== null && Math.abs(pixel - from.current) >= LEAST_DRAG;
  return {
    strip: from.current !== null && to !== null ? [from.current, to] : null,
    start: (event) => {
      if (event.button === 0) from.current = pixelOf(event);
    },
    move: (event) => {
      if (!dragged(pixelOf(event)) && to === null) return;
      if (event.currentTarget instanceof Element && to === null)
        event.currentTarget.setPointerCapture(event.pointerId);
      setTo(pixelOf(event));
    },
    end: (event) => {
      const pixel = pixelOf(event);
      const wasDrag = dragged(pixel);
      if (wasDrag && from.current !== null) zoom(from.current, pixel);
      cancel();
      return wasDrag;
    },
    cancel,
  };
}
