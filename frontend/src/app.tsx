import "./styles/tokens.css";
import "./styles/page.css";
import "./styles/states.css";
import "./styles/verdict.css";
import "./styles/toolbar.css";
import "./styles/runs.css";
import "./styles/table.css";
import "./styles/views.css";
import "./styles/detail.css";
import "./styles/bounds.css";
import "./styles/controls.css";
import { effect } from "@preact/signals";
import { render } from "preact";
import { connectApi } from "./api";
import { connectHost } from "./host";
import { createStore } from "./state";
import { Page } from "./views/page";

/** Draws the page into `root`; `dataRoot` is where the plugin's data routes lie. */
export function start(root: HTMLElement, dataRoot: URL): void {
  const store = createStore(connectApi(dataRoot), connectHost());
  effect(() => {
    document.documentElement.dataset.theme = store.theme.value;
  });
  render(<Page store={store} />, root);
}
