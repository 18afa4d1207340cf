import { ticks } from "d3-array";
import { formatStep } from "../charts/plot";
import { STEP_LABEL } from "../words";
import { type Heat, stepScale } from "./heat-keys";

const PIXELS_PER_TICK = 72;

/** The steps below the cells. */
export function HeatAxis({ heat }: { heat: Heat }) {
  const scale = stepScale(heat);
  const [low, high] = heat.domain;
  const steps = ticks(low, high, Math.max(2, heat.width / PIXELS_PER_TICK)).filter(
    Number.isInteger,
  );
  return (
    <div class="heat-axis">
      <div class="heat-axis-cells" style={{ width: `${heat.width}px` }}>
        {steps.map((step) => (
          <span key={step} class="heat-tick" style={{ left: `${scale(step)}px` }}>
            {formatStep(step)}
          </span>
        ))}
        <span class="heat-axis-label">{STEP_LABEL}</span>
      </div>
    </div>
  );
}
