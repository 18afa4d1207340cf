import type { MaybeNumber } from "../api/replies";

/** Whether there is a number to draw. */
export function isNumber(value: MaybeNumber | undefined): value is number {
  return value !== null && value !== undefined && Number.isFinite(value);
}

/** What is shown where a number does not exist. */
export const NOTHING = "–";

const MINUS = "−";
const SMALLEST_PLAIN = 1e-5;
const LARGEST_PLAIN = 1e6;
/** From here on "times" reads better than a percentage of four digits. */
const MANY_TIMES = 10;

/** Three significant digits, without trailing zeros: 0.00066, 12.5, 3.2e-7. */
export function formatNumber(value: MaybeNumber, digits = 3): string {
  if (value === null || !Number.isFinite(value)) return NOTHING;
  if (value === 0) return "0";
  const rounded = Number(value.toPrecision(digits));
  const size = Math.abs(rounded);
  if (size < SMALLEST_PLAIN || size >= LARGEST_PLAIN) return exponential(rounded, digits);
  return size >= 10 ** digits ? formatCount(Math.round(value)) : grouped(rounded, 0, 12);
}

/** A difference, always with its sign, with two significant digits. */
export function formatShift(value: MaybeNumber): string {
  if (value === null || !Number.isFinite(value)) return NOTHING;
  return signed(value, twoDigits(value));
}

/** A ratio as the change it means: +1.9 %, and 12 × once it is that large. */
export function formatRatio(ratio: MaybeNumber): string {
  if (ratio === null || !Number.isFinite(ratio)) return NOTHING;
  if (ratio >= 2) return `${twoDigits(ratio)} ×`;
  const change = Number((ratio - 1).toFixed(12)); // 1.1 - 1 is not quite 0.1
  return signed(change, formatPercent(change));
}

function signed(value: number, text: string): string {
  return value > 0 ? `+${text}` : text;
}

/** A fraction as a percentage with two significant digits: 0.0106 is 1.1 %, 0.02 is 2.0 %. */
export function formatPercent(fraction: MaybeNumber): string {
  if (fraction === null || !Number.isFinite(fraction)) return NOTHING;
  return `${twoDigits(fraction * 100)} %`;
}

/** A limit as a percentage: 0.01 is 1 %, whatever its digits. */
export function formatShare(fraction: number): string {
  return `${formatNumber(fraction * 100)} %`;
}

/** A movement over its scale: a percentage, or how many times as large once it is that far. */
export function formatRelative(fraction: MaybeNumber): string {
  if (fraction === null || fraction < MANY_TIMES) return formatPercent(fraction);
  return `${twoDigits(fraction)} ×`;
}

/** Whether percentages that reach so far are told as multiples. */
export const areMultiples = (percent: number) => percent >= 100 * MANY_TIMES;

/** Two numbers of one kind: `0.00012–0.0034`. */
export function formatRange(lower: MaybeNumber, upper: MaybeNumber): string {
  if (lower === null || upper === null) return NOTHING;
  return joined(twoDigits(lower), twoDigits(upper), "");
}

/** Two movements over their scale, with the unit that suits the larger: `0.093–4.8 %`. */
export function formatRelativeRange(lower: number, upper: number): string {
  if (upper >= MANY_TIMES) return joined(twoDigits(lower), twoDigits(upper), " ×");
  return joined(twoDigits(lower * 100), twoDigits(upper * 100), " %");
}

function joined(lower: string, upper: string, unit: string): string {
  return lower === upper ? `${lower}${unit}` : `${lower}–${upper}${unit}`;
}

function twoDigits(value: number): string {
  if (value === 0) return "0";
  const decade = Number(value.toExponential(1).split("e")[1]);
  if (decade < -5 || decade >= 6) return minus(value.toExponential(1).replace("e+", "e"));
  if (decade >= 3) return formatCount(Math.round(value));
  return minus(value.toFixed(Math.max(0, 1 - decade)));
}

/** Whole numbers with thousands separated. */
export function formatCount(value: MaybeNumber): string {
  return value === null || !Number.isFinite(value) ? NOTHING : minus(value.toLocaleString("en"));
}

/** One text for each tick, all with the precision that tells neighbours apart. */
export function formatTicks(ticks: readonly number[]): string[] {
  const largest = Math.max(0, ...ticks.map(Math.abs));
  const gap = Math.min(...ticks.slice(1).map((tick, i) => Math.abs(tick - (ticks[i] ?? 0))));
  const resolution = Number.isFinite(gap) && gap > 0 ? gap : largest || 1;
  if (largest !== 0 && (largest < 1e-3 || largest >= 1e6)) {
    const digits = Math.max(1, decade(largest) - decade(resolution) + 1);
    return ticks.map((tick) => (tick === 0 ? "0" : exponential(tick, Math.min(digits, 15))));
  }
  const decimals = Math.min(15, Math.max(0, -decade(resolution)));
  return ticks.map((tick) => grouped(tick, decimals, decimals));
}

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

/** 432, 18.4K, 9.44M: a count that must be short. */
export function formatCompact(value: MaybeNumber): string {
  return value === null || !Number.isFinite(value) ? NOTHING : compact.format(value);
}

/** How long ago, as roughly as anybody asks: `just now`, `40 s ago`, `3 min ago`, `2 h ago`. */
export function formatAgo(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 5_000) * 5;
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min ago` : `${Math.round(minutes / 60)} h ago`;
}

/** Local time of day. */
export function formatTime(milliseconds: number): string {
  return new Date(milliseconds).toLocaleTimeString([], { hour12: false });
}

/** `3 tensors`, `1 tensor`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

function decade(value: number): number {
  return Math.floor(Math.log10(Math.abs(value)) + 1e-9);
}

/** With thousands separated, and from so few to so many decimals. */
function grouped(value: number, least: number, most: number): string {
  const decimals = { minimumFractionDigits: least, maximumFractionDigits: most };
  return minus(value.toLocaleString("en", decimals));
}

function exponential(value: number, digits: number): string {
  const [mantissa = "0", exponent = "0"] = value.toExponential(digits - 1).split("e");
  return minus(`${Number(mantissa)}e${Number(exponent)}`);
}

function minus(text: string): string {
  return text.replace(/^-/, MINUS);
}
