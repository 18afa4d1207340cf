import type { MaybeNumber, Thresholds } from "../api/replies";
import { formatShare } from "../words/numbers";

/** Relative movement spans many decades: from 0.001 % to 1,000 % on a logarithmic axis. */
const LOWEST = 1e-5;
const HIGHEST = 10;
type Limits = Pick<Thresholds, "moved" | "moved_far">;

/** The share of the bar's length, 0 to 1. */
export function logPosition(fraction: number): number {
  if (!(fraction > LOWEST)) return 0;
  return Math.min(1, Math.log(fraction / LOWEST) / Math.log(HIGHEST / LOWEST));
}

const percent = (position: number) => `${(100 * position).toFixed(2)}%`;

/** Where "barely moved" ends and "moved far" begins: said once for all bars of a table. */
export function verdictLines({ moved, moved_far }: Limits): Record<string, string> {
  return {
    "--moved": percent(logPosition(moved)),
    "--moved-far": percent(logPosition(moved_far)),
  };
}

interface Props {
  value: MaybeNumber;
  /** Stands for the value where that is not resolved. */
  bounds: readonly [lower: number, upper: number] | null;
  /** Whether the value is exact; then `floor` is what histograms show of it. */
  exact?: boolean;
  floor?: MaybeNumber;
  /** Whether another scale stands in for its own. */
  standsIn?: boolean;
}

export function LogBar({ value, bounds, exact = false, floor = null, standsIn = false }: Props) {
  const fill = standsIn ? "log-bar-stand-in" : exact ? "log-bar-exact" : "log-bar-fill";
  const [from, to] = (bounds ?? [0, value ?? 0]).map(logPosition) as [number, number];
  if (to === 0 && !floor) return null;
  return (
    <div class="log-bar" aria-hidden="true">
      {value !== null && (
        <span
          class={bounds ? "log-bar-range" : fill}
          style={{ left: percent(from), width: percent(to - from) }}
        />
      )}
      {floor !== null && (
        <span class="log-bar-floor" style={{ left: 0, width: percent(logPosition(floor)) }} />
      )}
    </div>
  );
}

/** Names the two lines that each bar has: one label ends at its line, the other begins at its own. */
export function LogBarAxis({ limits }: { limits: Limits }) {
  return (
    <div
      class="log-bar-axis"
      data-testid="log-bar-axis"
      aria-hidden="true"
      title={`Lines: moved from ${formatShare(limits.moved)}, moved far from ${formatShare(limits.moved_far)}`}
    >
      <span class="log-bar-moved">{formatShare(limits.moved)}</span>
      <span class="log-bar-moved-far">{formatShare(limits.moved_far)}</span>
    </div>
  );
}
