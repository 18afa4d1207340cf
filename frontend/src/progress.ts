import { effect, type ReadonlySignal, signal } from "@preact/signals";
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

/** Asks how far a long overview has come, until it is there. */
export function watchProgress(
  api: Api,
  { run, overview }: Derived,
): [progress: ReadonlySignal<Progress | null>, dispose: () => void] {
  const progress = signal<Progress | null>(null);
  const dispose = effect(() => {
    const name = run.value;
    progress.value = null;
    if (name === null || !overview.value.loading) return undefined;
    const controller = new AbortController();
    let timer = setTimeout(ask, PATIENCE);
    async function ask() {
      const reply = await api.progress(name as string, controller.signal).catch(() => null);
      if (controller.signal.aborted) return;
      if (reply?.measured != null && reply.of != null)
        progress.value = { measured: reply.measured, of: reply.of };
      timer = setTimeout(ask, PAUSE);
    }
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  });
  return [progress, dispose];
}
