import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import { formatCount } from "../format";
import type { Store } from "../state";
import { STEP_LABEL } from "../words";
import { Axes, Readout, type ReadoutRow } from "./frame";
import { type Plot, plotOf, stepAt, stepDomain } from "./plot";
import type { Domain } from "./scale";
import { useWidth } from "./width";

interface Props {
  store: Store;
  steps: readonly number[];
  yDomain: Domain;
  yLabel: string;
  label: string;
  height: number;
  marginRight?: number;
  readout: (index: number) => ReadoutRow[];
  children: (plot: Plot) => ComponentChildren;
}

/** A chart over training steps: all of them share the step under the pointer. */
export function StepChart(props: Props) {
  const { store, steps, yDomain, height, marginRight } = props;
  const [ref, width] = useWidth<HTMLDivElement>();
  const [pointed, setPointed] = useState(false);
  const [low, high] = yDomain;
  const plot = useMemo(
    () =>
      plotOf({
        width,
        height,
        xDomain: stepDomain(steps),
        yDomain: [low, high],
        steps,
        ...(marginRight === undefined ? {} : { marginRight }),
      }),
    [width, height, steps, low, high, marginRight],
  );
  const drawing = useMemo(() => props.children(plot), [plot, props.children]);
  const stepUnder = (event: PointerEvent | MouseEvent) => {
    const box = ref.current?.getBoundingClientRect();
    return steps[stepAt(plot, steps, event.clientX - (box?.left ?? 0))] ?? null;
  };
  const leave = () => {
    setPointed(false);
    store.hoverStep.value = null;
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a shortcut for the pointer
    // biome-ignore lint/a11y/useKeyWithClickEvents: the histogram's slider chooses a step by keyboard
    <div
      class="plot"
      ref={ref}
      style={{ height: `${height}px` }}
      onPointerMove={(event) => {
        setPointed(true);
        store.hoverStep.value = stepUnder(event);
      }}
      onPointerLeave={leave}
      onClick={(event) => {
        store.step.value = stepUnder(event);
      }}
    >
      {width > 0 && (
        <svg width={width} height={height} role="img" aria-label={props.label}>
          <Axes plot={plot} xLabel={STEP_LABEL} yLabel={props.yLabel} />
          {drawing}
          <StepMarks store={store} plot={plot} />
        </svg>
      )}
      {pointed && <StepReadout store={store} plot={plot} steps={steps} readout={props.readout} />}
    </div>
  );
}

/** The chosen step of the histogram, and the step under the pointer. */
function StepMarks({ store, plot }: { store: Store; plot: Plot }) {
  const { chosenStep, hoverStep } = store;
  return (
    <g>
      {chosenStep.value !== null && <Mark plot={plot} step={chosenStep.value} kind="chosen" />}
      {hoverStep.value !== null && <Mark plot={plot} step={hoverStep.value} kind="hover" />}
    </g>
  );
}

function Mark({ plot, step, kind }: { plot: Plot; step: number; kind: string }) {
  const x = plot.x(step);
  return <line class={`step-mark ${kind}`} x1={x} x2={x} y1={plot.top} y2={plot.bottom} />;
}

interface StepReadoutProps extends Pick<Props, "store" | "steps" | "readout"> {
  plot: Plot;
}

function StepReadout({ store, plot, steps, readout }: StepReadoutProps) {
  const step = store.hoverStep.value;
  const index = step === null ? -1 : steps.indexOf(step);
  if (step === null || index < 0) return null;
  return (
    <Readout
      heading={`step ${formatCount(step)}`}
      rows={readout(index)}
      plot={plot}
      at={plot.x(step)}
    />
  );
}
