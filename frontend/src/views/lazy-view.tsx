import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Store } from "../state";

type View = ComponentType<{ store: Store }>;

/** A view whose code comes when it is first shown; the place it takes is kept meanwhile. */
export function lazyView(load: () => Promise<View>): View {
  let loaded: View | null = null;
  return function LazyView({ store }) {
    const [, drawAgain] = useState(0);
    const [failure, setFailure] = useState<string | null>(null);
    useEffect(() => {
      if (loaded) return;
      load().then(
        (view) => {
          loaded = view;
          drawAgain(1);
        },
        (error) => setFailure(String(error instanceof Error ? error.message : error)),
      );
    }, []);
    if (loaded) {
      const Loaded = loaded;
      return <Loaded store={store} />;
    }
    return failure === null ? null : <Missing reason={failure} />;
  };
}

function Missing({ reason }: { reason: string }) {
  return (
    <div class="table-remark" role="alert">
      <p>{`This view could not be loaded: ${reason}`}</p>
      <button type="button" class="button" onClick={() => location.reload()}>
        Load the page again
      </button>
    </div>
  );
}
