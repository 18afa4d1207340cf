import { beforeEach, expect, test, vi } from "vitest";
import { connectHost, tensorBoardAround, whenVisible } from "../src/host/tensorboard";

interface Posted {
  message: unknown;
  port: MessagePort;
}

/** A window framed by a TensorBoard that records what is posted to it. */
function framed(bodyClass = "", hash = "#weight_delta") {
  const posted: Posted[] = [];
  const body = document.createElement("body");
  body.className = bodyClass;
  const location = { href: `http://localhost/?x=1${hash}`, hash };
  const history = {
    state: { kept: true },
    replaceState: vi.fn((_state: unknown, _title: string, url: string) => {
      location.href = url;
      location.hash = new URL(url).hash;
    }),
  };
  const parent = {
    document: { body },
    location,
    history,
    addEventListener: vi.fn(),
    postMessage: (message: unknown, _origin: string, [port]: MessagePort[]) =>
      posted.push({ message, port: port as MessagePort }),
  };
  const own = Object.assign(new EventTarget(), {
    parent,
    innerHeight: 600,
    location: { origin: "http://localhost", hash: "" },
  });
  return { own: own as unknown as Window, parent, body, posted, history };
}

function alone(dark: boolean) {
  const own = Object.assign(new EventTarget(), {
    innerHeight: 600,
    location: { href: "http://localhost/", hash: "#p.weight_delta.run=a", origin: "" },
    history: { state: null, replaceState: vi.fn() },
    matchMedia: () => ({ matches: dark, addEventListener: () => {} }),
  });
  return Object.assign(own, { parent: own }) as unknown as Window;
}

const tick = () => new Promise((done) => setTimeout(done, 10));

beforeEach(() => vi.restoreAllMocks());

test("the theme is TensorBoard's, and follows it live", async () => {
  const { own, body } = framed("dark-mode other");
  const { theme } = connectHost(own);
  expect(theme.value).toBe("dark");
  body.classList.remove("dark-mode");
  await tick();
  expect(theme.value).toBe("light");
});

test("without a TensorBoard around, the theme is the system's", () => {
  expect(connectHost(alone(true)).theme.value).toBe("dark");
  expect(connectHost(alone(false)).theme.value).toBe("light");
});

test("a parent that may not be read counts as none", () => {
  const own = {};
  Object.defineProperty(own, "parent", {
    get: () => {
      throw new DOMException("blocked", "SecurityError");
    },
  });
  expect(tensorBoardAround(own as Window)).toBeNull();
});

test("TensorBoard's reload message reaches the page and is answered", async () => {
  const { own, posted } = framed();
  const reloaded = vi.fn();
  connectHost(own).onReload(reloaded);
  expect(posted[0]?.message).toBe("experimental.bootstrap");
  const port = posted[0]?.port as MessagePort;
  const replies: unknown[] = [];
  port.onmessage = (event) => replies.push(JSON.parse(event.data as string));
  const message = { type: "experimental.DataReloaded", id: 7, payload: null, isReply: false };
  port.postMessage(JSON.stringify(message));
  port.postMessage("not json");
  await tick();
  expect(reloaded).toHaveBeenCalledOnce();
  expect(replies).toEqual([{ ...message, error: null, isReply: true }]);
  port.close();
});

test("a reload of a hidden frame waits until the tab is shown, and then happens once", () => {
  const { own } = framed();
  const listener = vi.fn();
  const reload = whenVisible(own, listener);
  Object.assign(own, { innerHeight: 0 });
  reload();
  reload();
  expect(listener).not.toHaveBeenCalled();
  Object.assign(own, { innerHeight: 600 });
  own.dispatchEvent(new Event("resize"));
  own.dispatchEvent(new Event("resize"));
  expect(listener).toHaveBeenCalledOnce();
});

test("the page is seen while neither its frame nor the window around it is hidden", () => {
  const { own } = framed();
  const { isVisible } = connectHost(own);
  const seen = (innerHeight: number, visibilityState: string) => {
    Object.assign(own, { innerHeight, document: { visibilityState } });
    return isVisible();
  };
  expect(seen(600, "visible")).toBe(true);
  expect(seen(0, "visible")).toBe(false); // another tab of TensorBoard
  expect(seen(600, "hidden")).toBe(false); // another tab of the browser
});

test("the link is written into TensorBoard's address without a new entry in its history", () => {
  const { own, history } = framed("", "#weight_delta&other=1");
  const host = connectHost(own);
  host.writeLink({ run: "a b" });
  const [state, , url] = history.replaceState.mock.calls[0] ?? [];
  expect(state).toEqual({ kept: true });
  expect(url).toBe("http://localhost/?x=1#weight_delta&other=1&p.weight_delta.run=a%20b");
  expect(host.readLink()).toEqual({ run: "a b" });
  host.writeLink({ run: "a b" });
  expect(history.replaceState).toHaveBeenCalledOnce();
});

test("without a TensorBoard around, the link is the page's own", () => {
  expect(connectHost(alone(false)).readLink()).toEqual({ run: "a" });
});

test("a change of the address is heard of when Back makes it and when it is typed", () => {
  const { own, parent } = framed();
  const listener = vi.fn();
  connectHost(own).onLinkChange(listener);
  const heard = parent.addEventListener.mock.calls.map(([change]) => change);
  expect(heard).toEqual(["popstate", "hashchange"]);
});
