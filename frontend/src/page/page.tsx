import type { ComponentChildren, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Detail } from "../detail/detail";
import { Headline } from "../header/headline";
import { prepareMenus } from "../header/pickers";
import { Toolbar } from "../header/toolbar";
import type { Notice as Failed } from "../store/derived";
import type { Store } from "../store/store";
import { isShortcut } from "../ui/keys";
import { lazy } from "../ui/lazy";
import { ErrorState } from "../ui/remark";
import { formatTime } from "../words/numbers";
import { PageActions, prepareExports } from "./actions";
import { Divider } from "./divider";
import { prepareViews, TensorViews, ViewBar } from "./tensor-views";

const EmptyState = lazy(async () => (await import("./empty-state")).EmptyState);
const Guide = lazy(async () => (await import("./guide")).Guide);

export function Page({ store }: { store: Store }) {
  useEffect(() => whenIdle(prepareRest), []);
  return (
    <div class="page">
      <Body store={store}>
        <Toolbar store={store}>
          <PageActions store={store} />
        </Toolbar>
      </Body>
      <NoticeBar store={store} />
      <Toast store={store} />
      <Help store={store} />
    </div>
  );
}

/** Everything that opens later, once what is read first is there. */
function prepareRest(): void {
  prepareMenus();
  prepareViews();
  prepareExports();
  Guide.prepare();
}

const A_MOMENT = 2000;

function whenIdle(act: () => void): () => void {
  const timer = setTimeout(act, A_MOMENT);
  return () => clearTimeout(timer);
}

function Body({ store, children: toolbar }: { store: Store; children: ComponentChildren }) {
  const instead = insteadOfTensors(store);
  if (instead)
    return (
      <>
        {toolbar}
        <main class="instead">
          <h1 class="unseen">Weight Delta</h1>
          {instead}
        </main>
      </>
    );
  return (
    <>
      <Headline store={store} />
      {toolbar}
      <ViewBar store={store} />
      <main class="split" style={{ "--list": `${100 * store.listShare.value}%` }}>
        <TensorViews store={store} />
        <Divider store={store} />
        <Detail store={store} />
      </main>
    </>
  );
}

/** What fills the page while there is nothing to show, and will not be. */
function insteadOfTensors(store: Store): JSX.Element | null {
  const runs = store.runs.value;
  const overview = store.overview.value;
  if (overview.data) return null;
  if (runs.error && !runs.data) return <ErrorState store={store} error={runs.error} />;
  if (runs.data?.runs.length === 0) return <EmptyState store={store} />;
  return overview.error && <ErrorState store={store} error={overview.error} />;
}

/** A failed reload: what was read before stays, and this says so. It floats: nothing jumps. */
function NoticeBar({ store }: { store: Store }) {
  return (
    <div role="status">
      {store.notice.value && <Notice store={store} notice={store.notice.value} />}
    </div>
  );
}

function Notice({ store, notice }: { store: Store; notice: Failed }) {
  return (
    <div class="notice" data-testid="notice">
      <p>
        {notice.sentence}{" "}
        {notice.readAt !== null && `What was read at ${formatTime(notice.readAt)} is still shown.`}{" "}
        {store.failure.value?.mayPass && "The page keeps trying."}
      </p>
      <button type="button" class="button" onClick={store.reload}>
        Try again
      </button>
    </div>
  );
}

const LASTS = 3500;

/** What was just done, for a moment. */
function Toast({ store }: { store: Store }) {
  const told = store.told.value;
  useEffect(() => {
    if (told === null) return undefined;
    const timer = setTimeout(() => {
      store.told.value = null;
    }, LASTS);
    return () => clearTimeout(timer);
  }, [told]);
  return (
    <div class="toast" role="status" data-testid="toast">
      {told !== null && <p>{told}</p>}
    </div>
  );
}

/** The guide, fetched when it is first asked for; and the keys that work everywhere. */
function Help({ store }: { store: Store }) {
  useEffect(() => listenForKeys(store), []);
  return store.helpOpen.value ? <Guide store={store} /> : null;
}

function listenForKeys(store: Store): () => void {
  const act = (event: KeyboardEvent) => {
    if (isShortcut(event) || isTyping(event.target)) return;
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
