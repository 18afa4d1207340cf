import { effect } from "@preact/signals";
import type { Choice } from "./choice";
import type { Derived } from "./derived";

const PAUSE = 160;

/** While playing: one kept step further, each after the one before has been drawn. */
export function playSteps(choice: Choice, derived: Derived): () => void {
  const { seriesData, chosenStep, histogram } = derived;
  return effect(() => {
    if (!choice.playing.value) return undefined;
    const steps = seriesData.value?.steps;
    const at = steps?.indexOf(chosenStep.value ?? Number.NaN) ?? -1;
    const { data, error } = histogram.value;
    if (error !== null) choice.playing.value = false;
    if (!steps || data === null || error !== null) return undefined;
    const next = steps[at + 1];
    const timer = setTimeout(() => {
      if (next === undefined) choice.playing.value = false;
      else choice.step.value = next;
    }, PAUSE);
    return () => clearTimeout(timer);
  });
}
