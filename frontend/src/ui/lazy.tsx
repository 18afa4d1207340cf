import { signal } from "@preact/signals";
import type { ComponentType, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { loadAgain } from "../host/tensorboard";

type Lazy<Props> = ComponentType<Props> & {
  /** Fetches it before it is drawn. */
  prepare: () => void;
};

/** A part of the page whose code comes when it is first drawn; `Meanwhile` keeps its place. */
export function lazy<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  Meanwhile: () => JSX.Element | null = () => null,
): Lazy<Props> {
  const part = signal<{ Loaded?: ComponentType<Props>; failed?: true }>({});
  let asked = false;
  const prepare = () => {
    if (asked) return;
    asked = true;
    load().then(
      (Loaded) => {
        part.value = { Loaded };
      },
      () => {
        asked = false; // it is tried again where it is drawn again
        part.value = { failed: true };
      },
    );
  };
  const Part = (props: Props) => {
    useEffect(prepare, []);
    const { Loaded, failed } = part.value;
    if (Loaded) return <Loaded {...props} />;
    return failed ? <NotLoaded /> : <Meanwhile />;
  };
  return Object.assign(Part, { prepare });
}

function NotLoaded() {
  return (
    <div class="not-loaded" role="alert" data-testid="not-loaded">
      <p>
        This part of the page could not be loaded. Is TensorBoard still running, in the same
        version?
      </p>
      <button type="button" class="button" onClick={loadAgain}>
        Load the page again
      </button>
    </div>
  );
}
