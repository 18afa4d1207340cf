import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { loadAgain } from "../host/tensorboard";
import type { Store } from "../store/store";

export interface Chunk<T> {
  module: T | null;
  /** Why it is not there and will not come. */
  problem: string | null;
}

/** A part of the page that is fetched when it is first wanted. */
export function useChunk<T>(load: () => Promise<T>, wanted = true): Chunk<T> {
  const [chunk, setChunk] = useState<Chunk<T>>({ module: null, problem: null });
  useEffect(() => {
    if (!wanted) return undefined;
    let waiting = true;
    load().then(
      (module) => waiting && setChunk({ module, problem: null }),
      () => waiting && setChunk({ module: null, problem: NOT_LOADED }),
    );
    return () => {
      waiting = false;
    };
  }, [wanted]);
  return chunk;
}

export const NOT_LOADED =
  "This part of the page could not be loaded. Is TensorBoard still running, in the same version?";

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
      <button type="button" class="button" onClick={loadAgain}>
        Load the page again
      </button>
    </div>
  );
}
