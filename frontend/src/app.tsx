import "./styles/tokens.css";
import "./styles/page.css";
import "./ui/ui.css";
import "./header/header.css";
import "./table/table.css";
import "./page/views.css";
import "./detail/detail.css";
import { effect } from "@preact/signals";
import { render } from "preact";
import { connectApi } from "./api/client";
import { connectHost } from "./host/tensorboard";
import { Page } from "./page/page";
import { createStore } from "./store/store";

/** Draws the page into `root`; `dataRoot` is where the plugin's data routes lie. */
export function start(root: HTMLElement, dataRoot: URL): void {
  const store = createStore(connectApi(dataRoot), connectHost());
  effect(() => {
    document.documentElement.dataset.theme = store.theme.value;
  });
  render(<Page store={store} />, root);
}
