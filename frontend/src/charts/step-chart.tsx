import type { ComponentChildren } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import type { MaybeNumber, SeriesReply } from "../api/replies";
import type { Store } from "../store/store";
import { isShortcut, keyMoves } from "../ui/keys";
import { useWidth } from "../ui/size";
import { formatCount, isNumber } from "../words/numbers";
import { Axes, Figure, type FigureProps, Readout, type ReadoutRow, Spoken } from "./frame";
import { type Plot, plotOf, stepAt } from "./plot";
import type { Domain } from "./scale";
import type { StepAxis } from "./step-axis";
import { stepTable } from "./table-of-chart";

/** What all charts of a tensor are given. */
export interface ChartProps {
  store: Store;
  series: SeriesReply;
  axis: StepAxis;
  height: number;
}

export interface StepFigureProps extends Omit<FigureProps, "table" | "children">, StepChartProps {
  /** Its lines: where none has a value, that is said. */
  lines: readonly (readonly MaybeNumber[])[];
  /** Said over the chart, where its lines alone do not tell. */
  remark?: string | null;
  /** Where its line has more than the steps of the cross-hair. */
  table?: FigureProps["table"];
}

const NO_VALUE = "Nothing of it is known at the steps in sight.";

/** A figure over training steps: what its cross-hair reads out is also its table. */
export function StepFigure({ lines, remark, table, ...props }: StepFigureProps) {
  const said = remark ?? (lines.some((values) => values.some(isNumber)) ? null : NO_VALUE);
  return (
    <Figure {...props} table={table ?? (() => stepTable(props.steps, props.readout))}>
      <StepChart {...props} />
      {said && <p class="chart-remark">{said}</p>}
    </Figure>
  );
}

interface StepChartProps {
  store: Store;
  steps: readonly number[];
  axis: StepAxis;
  yDomain: Domain;
  yLog?: boolean;
  yFactor?: number;
  yLabel: string;
  label: string;
  height: number;
  marginRight?: number;
  readout: (index: number) => ReadoutRow[];
  children: (plot: Plot) => ComponentChildren;
}

type Attention = "none" | "pointer" | "keys";

/** A chart over training steps: all of them share the cross-hair, the pinned step and the zoom. */
function StepChart(props: StepChartProps) {
  const { store, steps, height, children } = props;
  const [ref, width] = useWidth();
  const [attention, setAttention] = useState<Attention>("none");
  const plot = useStepPlot(props, width);
  const drawing = useMemo(() => children(plot), [plot, children]);
  const gestures = useGestures(store, steps, plot, setAttention);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a chart that is read step by step
    <div
      class="plot stepped"
      ref={ref}
      style={{ height: `${height}px` }}
      role="group"
      aria-roledescription="chart"
      aria-label={`${props.label}. Left and right read it step by step, Enter shows that step's histogram, plus and minus zoom.`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys read it
      tabIndex={0}
      {...gestures.listeners}
    >
      {width > 0 && (
        <svg width={width} height={height} role="img" aria-label={props.label}>
          <Axes plot={plot} xLabel={props.axis.label} yLabel={props.yLabel} />
          {drawing}
          <StepMarks store={store} plot={plot} steps={steps} />
          {gestures.strip && <Strip plot={plot} ends={gestures.strip} />}
        </svg>
      )}
      <StepReadout {...props} plot={plot} attention={attention} />
    </div>
  );
}

function useStepPlot(
  { axis, yDomain, yLog, yFactor, height, marginRight }: StepChartProps,
  width: number,
): Plot {
  const [low, high] = yDomain;
  return useMemo(
    () => plotOf({ width, height, marginRight, x: axis, yDomain: [low, high], yLog, yFactor }),
    [width, height, axis, low, high, yLog, yFactor, marginRight],
  );
}

/** Moving reads, clicking pins, dragging zooms, a double click shows all steps again. */
function useGestures(
  store: Store,
  steps: readonly number[],
  plot: Plot,
  setAttention: (attention: Attention) => void,
) {
  const dragged = useRef(false);
  const pixelOf = (event: MouseEvent) =>
    event.clientX - (event.currentTarget as Element).getBoundingClientRect().left;
  const stepUnder = (pixel: number) => steps[stepAt(plot, steps, pixel)] ?? null;
  const brush = useBrush(pixelOf, (from, to) =>
    store.zoomTo(plot.x.invert(from), plot.x.invert(to)),
  );
  const leave = () => {
    setAttention("none");
    store.hoverStep.value = null;
  };
  const listeners = {
    onPointerDown: brush.start,
    onPointerMove: (event: PointerEvent) => {
      brush.move(event);
      setAttention("pointer");
      store.hoverStep.value = stepUnder(pixelOf(event));
    },
    onPointerUp: (event: PointerEvent) => {
      dragged.current = brush.end(event);
    },
    onPointerCancel: brush.cancel,
    onPointerLeave: leave,
    onClick: (event: MouseEvent) => {
      if (!dragged.current && event.detail < 2) store.pinStep(stepUnder(pixelOf(event)));
    },
    onDblClick: store.resetZoom,
    onBlur: leave,
    onKeyDown: (event: KeyboardEvent) => {
      if (stepKeys(event, store, steps)) setAttention("keys");
    },
  };
  return { listeners, strip: brush.strip };
}

function Strip({ plot, ends }: { plot: Plot; ends: readonly [number, number] }) {
  const inside = (pixel: number) => Math.min(plot.right, Math.max(plot.left, pixel));
  const [from, to] = [inside(Math.min(...ends)), inside(Math.max(...ends))];
  const height = plot.bottom - plot.top;
  return <rect class="zoom-strip" x={from} y={plot.top} width={to - from} height={height} />;
}

interface MarksProps {
  store: Store;
  plot: Plot;
  steps: readonly number[];
}

/** The histogram's step, and the step under the pointer, where they are in sight. */
function StepMarks({ store, plot, steps }: MarksProps) {
  const mark = (step: number | null, kind: string) => {
    if (step === null || !steps.includes(step)) return null;
    const x = plot.x(step);
    return <line class={`step-mark ${kind}`} x1={x} x2={x} y1={plot.top} y2={plot.bottom} />;
  };
  return (
    <g class="step-marks">
      {mark(store.chosenStep.value, "chosen")}
      {mark(store.hoverStep.value, "hover")}
    </g>
  );
}

interface StepReadoutProps extends Pick<StepChartProps, "store" | "steps" | "axis" | "readout"> {
  plot: Plot;
  /** Asked for by keyboard it is read aloud as well. */
  attention: Attention;
}

function StepReadout({ store, plot, steps, axis, readout, attention }: StepReadoutProps) {
  const step = attention === "none" ? null : store.hoverStep.value;
  const index = step === null ? -1 : steps.indexOf(step);
  if (step === null || index < 0) return <Spoken said={null} />;
  const stamp = axis.stamp(step);
  const name = `step ${formatCount(step)}`;
  const rows = readout(index);
  return (
    <>
      <Spoken said={attention === "keys" ? { heading: name, rows } : null} />
      <Readout
        heading={stamp === null ? name : `${name} · ${stamp}`}
        rows={rows}
        plot={plot}
        at={plot.x(step)}
      />
    </>
  );
}

/** Shorter than this, a drag is a click. */
const LEAST_DRAG = 6;

interface Brush {
  /** The strip being drawn, in pixels of the plot. */
  strip: readonly [from: number, to: number] | null;
  start(event: PointerEvent): void;
  move(event: PointerEvent): void;
  /** Ends it; whether it was a drag and no click. */
  end(event: PointerEvent): boolean;
  cancel(): void;
}

/** A strip drawn by dragging; `pixelOf` says where an event lies, `zoom` gets both ends. */
function useBrush(
  pixelOf: (event: PointerEvent) => number,
  zoom: (from: number, to: number) => void,
): Brush {
  const from = useRef<number | null>(null);
  const [to, setTo] = useState<number | null>(null);
  const cancel = () => {
    from.current = null;
    setTo(null);
  };
  const dragged = (pixel: number) =>
    from.current !== null && Math.abs(pixel - from.current) >= LEAST_DRAG;
  return {
    strip: from.current !== null && to !== null ? [from.current, to] : null,
    start: (event) => {
      if (event.button === 0) from.current = pixelOf(event);
    },
    move: (event) => {
      if (!dragged(pixelOf(event)) && to === null) return;
      if (event.currentTarget instanceof Element && to === null)
        event.currentTarget.setPointerCapture(event.pointerId);
      setTo(pixelOf(event));
    },
    end: (event) => {
      const pixel = pixelOf(event);
      const wasDrag = dragged(pixel);
      if (wasDrag && from.current !== null) zoom(from.current, pixel);
      cancel();
      return wasDrag;
    },
    cancel,
  };
}

/** As in a map: closer, further away, everything. */
const ZOOMS: Record<string, number> = { "+": 0.5, "=": 0.5, "-": 2, _: 2, "0": Infinity };

type Cursor = Pick<Store, "moveCursor" | "pinStep" | "zoomBy" | "hoverStep">;

/** What a key does in a chart over steps; whether the cross-hair is read from there. */
export function stepKeys(event: KeyboardEvent, store: Cursor, steps: readonly number[]): boolean {
  if (isShortcut(event)) return false;
  const places = keyMoves(event, { across: 1, page: 10 });
  const zoom = ZOOMS[event.key];
  if (places !== null) store.moveCursor(places, steps);
  else if (zoom !== undefined) store.zoomBy(zoom);
  else if (event.key === "Enter" || event.key === " ") store.pinStep(store.hoverStep.peek());
  else if (event.key === "Escape") store.hoverStep.value = null;
  else return false;
  if (event.key !== "Escape") event.preventDefault();
  return places !== null;
}
