import { useEffect, useState } from "preact/hooks";

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
