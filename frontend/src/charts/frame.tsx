import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Store } from "../store/store";
import { FigureMenu } from "./figure-menu";
import type { Plot } from "./plot";
import type { Domain } from "./scale";
import { type ChartTable, TableOfChart } from "./table-of-chart";

interface AxesProps {
  plot: Plot;
  xLabel: string;
  yLabel: string;
}

/** Grid lines, ticks and the labels that say what is measured in which unit. */
export function Axes({ plot, xLabel, yLabel }: AxesProps) {
  const { left, right, top, bottom, height } = plot;
  return (
    <g class="axes">
      {plot.yTicks.map(({ position, text }) => (
        <g key={text} transform={`translate(0,${position})`}>
          <line class="grid" x1={left} x2={right} />
          <text class="tick" x={left - 6} dy="0.32em" text-anchor="end">
            {text}
          </text>
        </g>
      ))}
      {plot.xTicks.map(({ position, text }) => (
        <g key={text} transform={`translate(${position},${bottom})`}>
          <line class="tick-mark" y2={4} />
          <text class="tick" y={15} text-anchor="middle">
            {text}
          </text>
        </g>
      ))}
      <line class="axis" x1={left} x2={right} y1={bottom} y2={bottom} />
      <text class="axis-label" x={2} y={top - 11}>
        {yLabel}
      </text>
      <text class="axis-label" x={(left + right) / 2} y={height - 5} text-anchor="middle">
        {xLabel}
      </text>
    </g>
  );
}

export interface ReadoutRow {
  name: string;
  value: string;
  /** A class for the swatch beside the name. */
  swatch?: string | undefined;
}

interface ReadoutProps {
  heading: string;
  rows: readonly ReadoutRow[];
  plot: Plot;
  /** The pixel it belongs to; it stands at whichever side has room. */
  at: number;
}

/** The values under the pointer. */
export function Readout({ heading, rows, plot, at }: ReadoutProps) {
  const ref = useRef<HTMLDivElement>(null);
  const leftHalf = at < (plot.left + plot.right) / 2;
  const place = leftHalf
    ? { left: `${at + 12}px`, top: `${plot.top}px` }
    : { right: `${plot.width - at + 12}px`, top: `${plot.top}px` };
  // Its text decides how large it is: whatever leaves the window or the detail is moved back.
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    element.style.translate = "";
    const box = element.getBoundingClientRect();
    const { clientWidth, clientHeight } = document.documentElement;
    const pane = element.closest(".detail")?.getBoundingClientRect();
    const across = moveInto([box.left, box.right], [pane?.left ?? 0, clientWidth]);
    const down = moveInto([box.top, box.bottom], [Math.max(0, pane?.top ?? 0), clientHeight]);
    if (across !== 0 || down !== 0) element.style.translate = `${across}px ${down}px`;
  });
  return (
    <div class="readout" ref={ref} style={place}>
      <strong>{heading}</strong>
      <dl>
        {rows.map(({ name, value, swatch }) => (
          <div key={name}>
            <dt>
              {swatch !== undefined && <i class={`swatch ${swatch}`} />}
              {name}
            </dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

const FROM_EDGE = 4;

/** How far something must move to lie within the room; where it is too large, its start does. */
export function moveInto([low, high]: Domain, [first, last]: Domain): number {
  const back = Math.min(0, last - FROM_EDGE - high);
  return Math.max(back, first + FROM_EDGE - low);
}

type Said = Pick<ReadoutProps, "heading" | "rows">;

/** What is read aloud where keys asked for it; there from the start, so that it is listened to. */
export function Spoken({ said }: { said: Said | null }) {
  const values = said?.rows.map(({ name, value }) => `${name} ${value}`).join(", ");
  return (
    <p class="unseen" aria-live="polite" data-testid={said ? "spoken" : undefined}>
      {said && `${said.heading}: ${values}`}
    </p>
  );
}

interface KeyProps {
  swatch: string;
  title?: string;
  children: ComponentChildren;
}

/** What stands for a thing that is drawn, and its name. */
export function Key({ swatch, title, children }: KeyProps) {
  return (
    <span title={title}>
      <i class={`swatch ${swatch}`} />
      {children}
    </span>
  );
}

/** The name of a line beside its end; where that is taken, a little off. */
export function EndLabel({ plot, lineY, textY, name, from = plot.right }: EndLabelProps) {
  return (
    <g class="end-label">
      <path d={`M${from + 1},${lineY}L${plot.right + 8},${textY}`} />
      <text x={plot.right + 11} y={textY} dy="0.32em">
        {name}
      </text>
    </g>
  );
}

interface EndLabelProps {
  plot: Plot;
  lineY: number;
  textY: number;
  name: ComponentChildren;
  /** Where the line ends. */
  from?: number;
}

export interface FigureProps {
  store: Store;
  testid: string;
  title: string;
  hint: string;
  /** Beside the title. */
  legend?: ComponentChildren;
  /** The line below it. */
  note?: ComponentChildren;
  /** The name of its pictures, without their end. */
  file: string;
  /** The training steps that are in it. */
  steps: readonly number[];
  /** What it draws, to be read as a table. */
  table: () => ChartTable;
  children: ComponentChildren;
}

/** A chart with its title, the sentence that explains it, its legend and its menu. */
export function Figure(props: FigureProps) {
  const { store, testid, title, hint, legend, note, file, steps, table, children } = props;
  const [asTable, setAsTable] = useState(false);
  const figure = useRef<HTMLElement>(null);
  return (
    <figure class="chart" data-testid={testid} ref={figure}>
      <figcaption>
        <h3 title={hint}>{title}</h3>
        {legend}
        <FigureMenu
          of="chart"
          title={title}
          formats={["svg", "png"]}
          save={async (format) =>
            (await import("./picture")).saveFigure(
              { figure: figure.current, store, steps, file },
              format,
            )
          }
          tell={store.tell}
          table={{ shown: asTable, show: setAsTable }}
        />
        <div class="chart-note">{note}</div>
      </figcaption>
      {asTable ? <TableOfChart title={title} table={table()} /> : children}
    </figure>
  );
}
