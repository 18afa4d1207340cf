import { useMemo } from "preact/hooks";
import type { MaybeNumber, ScalarsReply } from "../api/replies";
import { linePath } from "../charts/lines";
import { domainOf, type Plot } from "../charts/plot";
import { type ChartProps, StepFigure } from "../charts/step-chart";
import { stepTable } from "../charts/table-of-chart";
import { fileName } from "../host/files";
import { nearest } from "../model/series";
import type { Store } from "../store/store";
import { shownName } from "../words/names";
import { formatCount, formatNumber } from "../words/numbers";

interface Props extends ChartProps {
  scalars: ScalarsReply;
}

/** A scalar of the run, its loss at first, over the steps of the other charts. */
export function ScalarChart({ store, series, axis, height, scalars }: Props) {
  const { steps, values } = useMemo(() => {
    const [low, high] = axis.domain;
    const inSight = (step: number) => low <= axis.place(step) && axis.place(step) <= high;
    const kept = scalars.steps.flatMap((step, i) => (inSight(step) ? [i] : []));
    return {
      steps: kept.map((i) => scalars.steps[i] ?? 0),
      values: kept.map((i): MaybeNumber => scalars.values[i] ?? null),
    };
  }, [scalars, axis]);
  const draw = useMemo(
    () => (plot: Plot) => <path class="scalar-line" d={linePath(plot, steps, values)} />,
    [steps, values],
  );
  const tag = scalars.tag ?? "";
  return (
    <StepFigure
      {...{ store, axis, height }}
      testid="chart-scalar"
      title={shownName(tag.split("/").at(-1) || tag)}
      hint={`${shownName(tag)}, a scalar of the same run, beside the movement of this tensor`}
      legend={<ScalarChoice store={store} scalars={scalars} />}
      note="a scalar of this run, over the same steps"
      file={fileName(scalars.run, `scalar-${tag}`)}
      steps={series.steps}
      readout={(i) => [scalarAt(scalars, series.steps[i] ?? 0)]}
      lines={[values]}
      table={() => stepTable(steps, (i) => [scalarAt(scalars, steps[i] ?? 0)])}
      remark={values.length > 0 ? null : "It was not logged at the steps in sight."}
      yDomain={domainOf([values], { fallback: 1 })}
      yLabel={shownName(tag)}
      label={`${shownName(tag)} of ${shownName(scalars.run)} over training steps`}
    >
      {draw}
    </StepFigure>
  );
}

/** Scalars are logged at steps of their own: the nearest is told, and where that is. */
export function scalarAt({ tag, steps, values }: ScalarsReply, step: number) {
  const i = nearest(steps, step);
  const at = steps[i] === step || i < 0 ? "" : `, at step ${formatCount(steps[i] ?? 0)}`;
  return {
    name: `${shownName(tag ?? "")}${at}`,
    value: formatNumber(values[i] ?? null, 4),
    swatch: "scalar",
  };
}

function ScalarChoice({ store, scalars }: { store: Store; scalars: ScalarsReply }) {
  if (scalars.tags.length < 2) return null;
  return (
    <select
      class="scalar-choice"
      data-testid="scalar-choice"
      aria-label="Scalar of the run"
      value={scalars.tag ?? ""}
      onChange={(event) => store.chooseScalar(event.currentTarget.value)}
    >
      {scalars.tags.map((tag) => (
        <option key={tag} value={tag}>
          {shownName(tag)}
        </option>
      ))}
    </select>
  );
}
