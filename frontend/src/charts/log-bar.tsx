import { formatNumber } from "../format";
import type { MaybeNumber } from "../replies";

/** Relative movement spans many decades: from 0.001 % to 1,000 % on a logarithmic axis. */
const LOWEST = 1e-5;
const HIGHEST = 10;
const HEADER_TICKS = [1e-4, 1e-2, 1];
/** Where "barely moved" ends and "moved far" begins. */
const VERDICT_LINES = [0.01, 0.1];

/** The share of the bar's length, 0 to 1. */
export function logPosition(fraction: number): number {
  if (!(fraction > LOWEST)) return 0;
  return Math.min(1, Math.log(fraction / LOWEST) / Math.log(HIGHEST / LOWEST));
}

const percent = (position: number) => `${(100 * position).toFixed(2)}%`;

interface Props {
  value: MaybeNumber;
  /** Stands for the value where that is not resolved. */
  bounds: readonly [lower: number, upper: number] | null;
}

export function LogBar({ value, bounds }: Props) {
  const [from, to] = (bounds ?? [0, value ?? 0]).map(logPosition) as [number, number];
  return (
    <div class="log-bar" aria-hidden="true">
      {VERDICT_LINES.map((line) => (
        <i key={line} class="log-bar-line" style={{ left: percent(logPosition(line)) }} />
      ))}
      {value !== null && (
        <span
          class={bounds ? "log-bar-range" : "log-bar-fill"}
          style={{ left: percent(from), width: percent(to - from) }}
        />
      )}
    </div>
  );
}

export function LogBarAxis() {
  return (
    <div class="log-bar-axis" aria-hidden="true">
      {HEADER_TICKS.map((tick) => (
        <span key={tick} style={{ left: percent(logPosition(tick)) }}>
          {`${formatNumber(tick * 100)} %`}
        </span>
      ))}
    </div>
  );
}
