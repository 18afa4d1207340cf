import { type ReadonlySignal, signal } from "@preact/signals";
import { mergeHash, readHash } from "./hash";

export type Theme = "light" | "dark";

/** What the page needs from TensorBoard; every part also works in a window of its own. */
export interface Host {
  theme: ReadonlySignal<Theme>;
  onReload(listener: () => void): void;
  /** Whether the page can be seen: TensorBoard keeps the frames of other tabs at height 0. */
  isVisible(): boolean;
  readLink(): Record<string, string>;
  /** `visited` makes it a place of its own, that Back returns from. */
  writeLink(values: Record<string, string>, visited?: boolean): void;
  /** The whole address with these values: what is sent to somebody else. */
  addressOf(values: Record<string, string>): string;
  onLinkChange(listener: () => void): void;
}

const DARK_CLASS = "dark-mode";
const BOOTSTRAP = "experimental.bootstrap";
const DATA_RELOADED = "experimental.DataReloaded";

export function connectHost(own: Window = window): Host {
  const parent = tensorBoardAround(own);
  const linked = parent ?? own;
  return {
    theme: parent ? themeOfParent(parent) : themeOfSystem(own),
    onReload: (listener) => {
      if (parent) listenForReload(own, parent, whenVisible(own, listener));
    },
    isVisible: () => own.innerHeight > 0 && own.document.visibilityState !== "hidden",
    readLink: () => readHash(linked.location.hash),
    writeLink: (values, visited = false) => {
      if (mergeHash(linked.location.hash, values) === linked.location.hash) return;
      const { history } = linked;
      const address = addressOf(linked, values);
      if (visited) history.pushState(history.state, "", address);
      else history.replaceState(history.state, "", address);
    },
    addressOf: (values) => addressOf(linked, values),
    // Back tells of itself at once by popstate: a write that waits cannot come in between.
    onLinkChange: (listener) => {
      for (const change of ["popstate", "hashchange"]) linked.addEventListener(change, listener);
    },
  };
}

/** The page anew, with all its files. */
export function loadAgain(): void {
  location.reload();
}

/** Whole: a <base> would bend a bare "#…". */
function addressOf({ location }: Window, values: Record<string, string>): string {
  const url = new URL(location.href);
  url.hash = mergeHash(location.hash, values);
  return url.href;
}

/** The window that frames this one, if its document may be read. */
export function tensorBoardAround(own: Window): Window | null {
  try {
    const parent = own.parent;
    return parent && parent !== own && parent.document.body ? parent : null;
  } catch {
    return null; // another origin
  }
}

function themeOfParent(parent: Window): ReadonlySignal<Theme> {
  const { body } = parent.document;
  const read = (): Theme => (body.classList.contains(DARK_CLASS) ? "dark" : "light");
  const theme = signal(read());
  new MutationObserver(() => {
    theme.value = read();
  }).observe(body, { attributes: true, attributeFilter: ["class"] });
  return theme;
}

function themeOfSystem(own: Window): ReadonlySignal<Theme> {
  const query = own.matchMedia?.("(prefers-color-scheme: dark)");
  const theme = signal<Theme>(query?.matches ? "dark" : "light");
  query?.addEventListener("change", (event) => {
    theme.value = event.matches ? "dark" : "light";
  });
  return theme;
}

/**
 * TensorBoard's side of the port: each message is a JSON string
 * `{type, id, payload, error, isReply}` and expects a reply with the same id.
 */
function listenForReload(own: Window, parent: Window, listener: () => void): void {
  const channel = new MessageChannel();
  channel.port1.onmessage = (event: MessageEvent<string>) => {
    const message = parseMessage(event.data);
    if (!message || message.isReply) return;
    channel.port1.postMessage(
      JSON.stringify({ ...message, payload: null, error: null, isReply: true }),
    );
    if (message.type === DATA_RELOADED) listener();
  };
  parent.postMessage(BOOTSTRAP, own.location.origin, [channel.port2]);
}

interface PortMessage {
  type: string;
  id: number;
  isReply: boolean;
}

function parseMessage(text: string): PortMessage | null {
  try {
    return JSON.parse(text) as PortMessage;
  } catch {
    return null;
  }
}

/** A reload also reaches a hidden frame (height 0): it then waits until the tab is shown. */
export function whenVisible(own: Window, listener: () => void): () => void {
  let waiting = false;
  own.addEventListener("resize", () => {
    if (!waiting || own.innerHeight === 0) return;
    waiting = false;
    listener();
  });
  return () => {
    if (own.innerHeight > 0) listener();
    else waiting = true;
  };
}
