import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { Api } from "./api";
import type { Derived } from "./derived";

/** Before this nobody wonders what the page is doing. */
const PATIENCE = 700;
const PAUSE = 500;

/** How many of the run's tensors have been measured. */
export interface Progress {
  measured: number;
  of: number;
}

/** How far a long overview has come, until all of it is there: as its parts say, or the server. */
export function watchProgress(
  api: Api,
  { run, overview }: Derived,
): [progress: ReadonlySignal<Progress | null>, dispose: () => void] {
  const told = signal<Progress | null>(null);
  const loading = computed(() => overview.value.loading);
  const dispose = effect(() => {
    const name = run.value;
    told.value = null;
    if (name === null || !loading.value) return undefined;
    const controller = new AbortController();
    let timer = setTimeout(ask, PATIENCE);
    async function ask() {
      const reply = await api.progress(name as string, controller.signal).catch(() => null);
      if (controller.signal.aborted) return;
      if (reply?.measured != null && reply.of != null)
        told.value = { measured: reply.measured, of: reply.of };
      timer = setTimeout(ask, PAUSE);
    }
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  });
  const progress = computed(() => {
    const part = overview.value.data;
    if (!part || part.complete || !loading.value) return told.value;
    return told.value && told.value.measured > part.measured ? told.value : part;
  });
  return [progress, dispose];
}
