import type { Store } from "../state";
import { Detail } from "./detail";
import { EmptyState } from "./empty-state";
import { ErrorState } from "./error-state";
import { Headline } from "./headline";
import { Help } from "./help";
import { NoticeBar } from "./notice-bar";
import { TensorViews } from "./tensor-views";
import { Toast } from "./toast";
import { Toolbar } from "./toolbar";

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
  const runs = store.runs.value;
  const overview = store.overview.value;
  if (runs.error && !runs.data && !overview.data)
    return <ErrorState store={store} error={runs.error} />;
  if (runs.data?.runs.length === 0 && !overview.data) return <EmptyState store={store} />;
  if (overview.error && !overview.data) return <ErrorState store={store} error={overview.error} />;
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
