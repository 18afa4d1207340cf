import { Figure, type FigureProps } from "./frame";
import { StepChart, type StepChartProps } from "./step-chart";
import { stepTable } from "./table";

export interface StepFigureProps extends Omit<FigureProps, "extras" | "children">, StepChartProps {
  /** The name of its pictures, without their end. */
  file: string;
  /** Said over the chart, where its lines alone do not tell. */
  remark?: string | null;
}

/** A figure over training steps: what its cross-hair reads out is also its table. */
export function StepFigure({
  testid,
  title,
  hint,
  legend,
  note,
  file,
  remark,
  ...chart
}: StepFigureProps) {
  const { store, steps, readout } = chart;
  const extras = { store, file, table: () => stepTable(steps, readout) };
  return (
    <Figure {...{ testid, title, hint, legend, note, extras }}>
      <StepChart {...chart} />
      {remark && <p class="chart-remark">{remark}</p>}
    </Figure>
  );
}
