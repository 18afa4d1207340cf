import { cssColor, HEAT_INKS, HEAT_TICKS, heatColor, heatPosition } from "../charts/heat-scale";
import { formatNumber } from "../format";
import type { Theme } from "../host";
import type { Store } from "../state";

const STOPS = 24;

/** The scale of colours, and what has no place on it. */
export function HeatLegend({ store }: { store: Store }) {
  const theme = store.theme.value;
  const { unchanged, gap, unscaled } = HEAT_INKS[theme];
  const hatch = (angle: number, ink: string) =>
    `repeating-linear-gradient(${angle}deg, ${ink} 0 1px, transparent 1px 4.24px)`;
  return (
    <div class="view-legend heat-legend" data-testid="heat-legend">
      <p>Relative movement, % of initial spread (or value)</p>
      <Ramp theme={theme} />
      <div class="legend">
        <Swatch background={cssColor(unchanged)} text="unchanged" />
        <Swatch background={hatch(135, cssColor(gap))} text="gap" />
        <Swatch background={hatch(45, cssColor(unscaled))} text="no scale" />
      </div>
    </div>
  );
}

function Ramp({ theme }: { theme: Theme }) {
  const stops = Array.from({ length: STOPS + 1 }, (_, i) => cssColor(heatColor(i / STOPS, theme)));
  return (
    <div class="heat-ramp">
      <i style={{ background: `linear-gradient(90deg, ${stops.join(",")})` }} />
      <div>
        {HEAT_TICKS.map((tick) => (
          <span key={tick} style={{ left: `${100 * heatPosition(tick)}%` }}>
            {`${formatNumber(100 * tick)}${tick === 1 ? " %+" : " %"}`}
          </span>
        ))}
      </div>
    </div>
  );
}

function Swatch({ background, text }: { background: string; text: string }) {
  return (
    <span>
      <i class="swatch heat-swatch" style={{ background }} />
      {text}
    </span>
  );
}
