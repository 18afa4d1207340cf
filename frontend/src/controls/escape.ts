import { useLayoutEffect } from "preact/hooks";

/**
 * Escape ends what is active, wherever the focus is. Listened for as soon as it is in the
 * page: an effect after the paint would miss a key pressed at once.
 */
export function useEscape(active: boolean, end: () => void): void {
  useLayoutEffect(() => {
    if (!active) return undefined;
    const listen = (event: KeyboardEvent) => {
      if (event.key === "Escape") end();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [active]);
}
