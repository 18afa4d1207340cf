import { useEffect, useState } from "preact/hooks";
import { useEscape } from "../controls/escape";
import { formatCount } from "../format";
import type { Store } from "../state";

interface Props {
  store: Store;
  steps: readonly number[];
}

/** Chooses the histogram's step: by hand, or one after the other. */
export function StepPlayer({ store, steps }: Props) {
  const step = store.chosenStep.value;
  const index = step === null ? 0 : Math.max(0, steps.indexOf(step));
  const label = `step ${formatCount(step)}`;
  return (
    <div class="step-slider">
      <PlayButton store={store} idle={steps.length < 2} />
      <input
        type="range"
        data-testid="step-slider"
        aria-label="Step of the histogram"
        aria-valuetext={label}
        min={0}
        max={Math.max(0, steps.length - 1)}
        step={1}
        value={index}
        disabled={steps.length < 2}
        onInput={(event) => {
          store.pause();
          store.pinStep(steps[Number(event.currentTarget.value)] ?? null);
        }}
      />
      <output>{label}</output>
    </div>
  );
}

/** Where motion is to be reduced nothing plays by itself: each press goes one step on. */
function PlayButton({ store, idle }: { store: Store; idle: boolean }) {
  const still = useReducedMotion();
  const playing = store.playing.value;
  useEscape(playing, store.pause);
  useEffect(() => () => store.pause(), []);
  const name = still ? "Next step" : playing ? "Pause" : "Play all steps";
  const act = still ? store.nextStep : playing ? store.pause : store.play;
  return (
    <button
      type="button"
      class="play-button"
      data-testid="play"
      aria-label={name}
      title={playing ? "Pause (Escape)" : name}
      disabled={idle}
      onClick={act}
    >
      <i class={playing ? "icon-pause" : still ? "icon-next" : "icon-play"} aria-hidden="true" />
    </button>
  );
}

function useReducedMotion(): boolean {
  const [query] = useState(() => matchMedia("(prefers-reduced-motion: reduce)"));
  const [reduced, setReduced] = useState(query.matches);
  useEffect(() => {
    const follow = () => setReduced(query.matches);
    query.addEventListener("change", follow);
    return () => query.removeEventListener("change", follow);
  }, [query]);
  return reduced;
}
