import type { MaybeNumber, Thresholds } from "../api/replies";
import { formatShare } from "../words/numbers";

/** Relative movement spans many decades: from 0.001 % to 1,000 % on a logarithmic axis. */
const LOWEST = 1e-5;
const HIGHEST = 10;
const HEADER_TICKS = [1e-4, 1];
/** Labels nearer than this share of the axis would run into each other. */
const APART = 0.28;

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

/** The limit of "moved" is always among them; the others leave it room. */
export function axisTicks({ moved }: Limits): number[] {
  const at = logPosition(moved);
  const others = HEADER_TICKS.filter((tick) => Math.abs(logPosition(tick) - at) >= APART);
  return [...others, moved].sort((a, b) => a - b);
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

export function LogBarAxis({ limits }: { limits: Limits }) {
  return (
    <div
      class="log-bar-axis"
      data-testid="log-bar-axis"
      aria-hidden="true"
      title={`Lines: moved from ${formatShare(limits.moved)}, moved far from ${formatShare(limits.moved_far)}`}
    >
      {axisTicks(limits).map((tick) => (
        <span key={tick} style={{ left: percent(logPosition(tick)) }}>
          {formatShare(tick)}
        </span>
      ))}
    </div>
  );
}
