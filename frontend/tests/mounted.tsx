import { render } from "preact";
import { afterEach, beforeEach, vi } from "vitest";
import type { Api } from "../src/api/client";
import { Page } from "../src/page/page";
import { createStore, type Store } from "../src/store/store";
import { fakeHost } from "./fixtures";

/** The page in an element of its own, for each test of a file. */
export function mounted() {
  let store: Store | null = null;
  let root: HTMLElement = document.createElement("div");
  beforeEach(() => {
    // Everything has a size, as in a browser, so that charts are drawn.
    vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(600);
    vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(300);
    root = document.createElement("div");
    document.body.replaceChildren(root);
  });
  afterEach(() => {
    render(null, root);
    store?.dispose();
    localStorage.clear();
    vi.restoreAllMocks();
  });
  return {
    get root() {
      return root;
    },
    open(api: Api, link: Record<string, string> = {}): Store {
      const opened = createStore(api, fakeHost(link));
      store = opened;
      render(<Page store={opened} />, root);
      return opened;
    },
    part: (testid: string) => root.querySelector<HTMLElement>(`[data-testid=${testid}]`),
  };
}
