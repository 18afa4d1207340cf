import { useCallback } from "preact/hooks";
import { formatNumber, formatRelative } from "../format";
import type { MaybeNumber, SeriesReply } from "../replies";
import type { Store } from "../state";
import { OWN_UNIT, relativeUnit } from "../words";
import { Figure, type ReadoutRow } from "./frame";
import { areaPath, exists, linePath } from "./lines";
import { domainOf, type Plot } from "./plot";
import { StepChart } from "./step-chart";

const MOST_DOTS = 60;

interface Props {
  store: Store;
  series: SeriesReply;
  height: number;
}

export function MovementChart({ store, series, height }: Props) {
  const unit = relativeUnit(series.scale_kind);
  const values = unit === null ? series.movement : series.relative_movement.map(toPercent);
  const [, high] = domainOf([values], { include: [0], fallback: unit === null ? 1e-3 : 1 });
  const draw = useCallback(
    (plot: Plot) => <MovementLine plot={plot} steps={series.steps} values={values} />,
    [series],
  );
  return (
    <Figure
      testid="chart-movement"
      title="Movement"
      hint="Wasserstein-1 distance between the step's and the baseline's distribution"
      note="how far the distribution is from the baseline's"
    >
      <StepChart
        store={store}
        steps={series.steps}
        yDomain={[0, high]}
        yLabel={unit === null ? `movement, in ${OWN_UNIT}` : `movement, ${unit}`}
        label={`Movement of ${series.tag} over training steps`}
        height={height}
        readout={(i) => movementRows(series, unit, i)}
      >
        {draw}
      </StepChart>
    </Figure>
  );
}

function toPercent(fraction: MaybeNumber): MaybeNumber {
  return fraction === null ? null : fraction * 100;
}

function movementRows(series: SeriesReply, unit: string | null, i: number): ReadoutRow[] {
  const rows: ReadoutRow[] = [
    { name: "movement", value: formatNumber(series.movement[i] ?? null, 4) },
    { name: "per step since the one before", value: formatNumber(series.speed[i] ?? null) },
  ];
  const relative = formatRelative(series.relative_movement[i] ?? null);
  if (unit !== null) rows.unshift({ name: unit.replace("% ", ""), value: relative });
  return rows;
}

interface LineProps {
  plot: Plot;
  steps: readonly number[];
  values: readonly MaybeNumber[];
}

function MovementLine({ plot, steps, values }: LineProps) {
  const zeros = values.map((value) => (value === null ? null : 0));
  return (
    <g class="movement">
      <path class="movement-area" d={areaPath(plot, steps, zeros, values)} />
      <path class="movement-line" d={linePath(plot, steps, values)} />
      {steps.length <= MOST_DOTS &&
        steps.map((step, i) => {
          const value = values[i];
          if (!exists(value)) return null;
          return <circle key={step} cx={plot.x(step)} cy={plot.y(value)} r={2.25} />;
        })}
    </g>
  );
}
