import { useEffect } from "preact/hooks";
import { NOT_LOADED, useChunk } from "../controls/chunk";
import type { Store } from "../state";

/** The guide, fetched when it is first asked for; and the keys that work everywhere. */
export function Help({ store }: { store: Store }) {
  const open = store.helpOpen.value;
  const { module, problem } = useChunk(() => import("./guide"), open);
  useEffect(() => listenForKeys(store), []);
  useEffect(() => {
    if (!open || problem === null) return;
    store.closeHelp();
    store.tell(NOT_LOADED);
  }, [open, problem]);
  return open && module ? <module.Guide store={store} /> : null;
}

function listenForKeys(store: Store): () => void {
  const act = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key === "?") store.toggleHelp();
    else if (event.key === "/") document.querySelector<HTMLElement>("[data-key='/']")?.focus();
    else return;
    event.preventDefault();
  };
  document.addEventListener("keydown", act);
  return () => document.removeEventListener("keydown", act);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches("input:not([type=range]), textarea, select");
}
