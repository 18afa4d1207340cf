import type { Plot, Tick } from "../charts/plot";
import type { Ink } from "./ink";
import { shape } from "./shapes";

/** Grid, ticks and the labels that say what is measured in which unit. */
export function axesOf(plot: Plot, xLabel: string, yLabel: string, ink: Ink): Element[] {
  const { left, right, top } = plot;
  return [
    ...plot.yTicks.map(({ position, text }) =>
      shape(
        "g",
        { transform: `translate(0,${position})` },
        shape("path", { d: `M${left},0H${right}`, stroke: ink.grid }),
        shape("text", { x: left - 6, dy: "0.32em", "text-anchor": "end" }, text),
      ),
    ),
    ...stepsBelow(plot.xTicks, plot, plot.bottom, xLabel, ink),
    shape("text", { x: 2, y: top - 11 }, yLabel),
  ];
}

/** The axis of steps below a drawing. */
export function stepsBelow(
  ticks: readonly Tick[],
  { left, right }: Pick<Plot, "left" | "right">,
  bottom: number,
  label: string,
  ink: Ink,
): Element[] {
  return [
    shape("path", { d: `M${left},${bottom}H${right}`, stroke: ink.line }),
    ...ticks.map(({ position, text }) =>
      shape(
        "g",
        { transform: `translate(${position},${bottom})` },
        shape("path", { d: "M0,0V4", stroke: ink.line }),
        shape("text", { y: 15, "text-anchor": "middle" }, text),
      ),
    ),
    shape("text", { x: (left + right) / 2, y: bottom + 31, "text-anchor": "middle" }, label),
  ];
}
