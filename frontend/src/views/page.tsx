import type { JSX } from "preact";
import type { Store } from "../state";
import { Detail } from "./detail";
import { ErrorState } from "./error-state";
import { Headline } from "./headline";
import { Help } from "./help";
import { lazyView } from "./lazy-view";
import { NoticeBar } from "./notice-bar";
import { TensorViews } from "./tensor-views";
import { Toast } from "./toast";
import { Toolbar } from "./toolbar";

const EmptyState = lazyView(async () => (await import("./empty-state")).EmptyState);

export function Page({ store }: { store: Store }) {
  return (
    <div class="page">
      <Toolbar store={store} />
      <Body store={store} />
      <NoticeBar store={store} />
      <Toast store={store} />
      <Help store={store} />
    </div>
  );
}

function Body({ store }: { store: Store }) {
  const instead = insteadOfTensors(store);
  if (instead)
    return (
      <main class="instead">
        <h1 class="unseen">Weight Delta</h1>
        {instead}
      </main>
    );
  return (
    <>
      <Headline store={store} />
      <main class="split">
        <TensorViews store={store} />
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
