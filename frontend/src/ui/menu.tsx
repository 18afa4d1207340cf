import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

/** What the button is like: as any button, but it knows whether it is pressed. */
interface Props extends Omit<JSX.IntrinsicElements["button"], "label" | "children"> {
  /** The class of the box around button and content. */
  within: string;
  label: ComponentChildren;
  /** What opens; `close` gives the focus back to the button. */
  children: (close: () => void) => ComponentChildren;
}

/** A button, and what opens below it: Escape, a press and a focus outside close it. */
export function Opener({ within, label, children, ...button }: Props) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const close = () => {
    setOpen(false);
    box.current?.querySelector("button")?.focus();
  };
  useEscape(open, close);
  useLayoutEffect(() => {
    if (!open) return undefined;
    const closeOutside = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", closeOutside);
    document.addEventListener("focusin", closeOutside);
    return () => {
      document.removeEventListener("pointerdown", closeOutside);
      document.removeEventListener("focusin", closeOutside);
    };
  }, [open]);
  return (
    <div class={within} ref={box}>
      <button {...button} type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        {label}
      </button>
      {open && children(close)}
    </div>
  );
}

export function MenuItem({ testid, name, act }: { testid: string; name: string; act: () => void }) {
  return (
    <button type="button" class="menu-item" data-testid={testid} onClick={act}>
      {name}
    </button>
  );
}

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
