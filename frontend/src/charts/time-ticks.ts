import type { Domain } from "./scale";

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;
/** Distances between ticks that a clock reader expects, in seconds. */
const DISTANCES = [
  ...[0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 7, 14, 30, 90, 365].map((days) => days * DAY),
];

/** Round moments of the local clock between two times, in seconds since 1970. */
export function momentTicks([from, to]: Domain, count: number): { value: number; text: string }[] {
  const most = Math.max(2, count);
  const distance = DISTANCES.find((each) => (to - from) / each <= most) ?? 10 * 365 * DAY;
  const midnight = new Date(from * 1000).setHours(0, 0, 0, 0) / 1000;
  const first = Math.ceil((from - midnight) / distance - 1e-9);
  const found: { value: number; text: string }[] = [];
  for (let i = first; midnight + i * distance <= to && found.length < 50; i++) {
    const value = midnight + i * distance;
    found.push({ value, text: tickText(value, distance) });
  }
  return found;
}

function tickText(seconds: number, distance: number): string {
  const date = new Date(seconds * 1000);
  if (distance >= DAY) return date.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  const time = clock(date);
  if (distance >= MINUTE) return time.slice(0, 5);
  return distance >= 1 ? time : `${time}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

function clock(date: Date): string {
  return date.toLocaleTimeString("en-GB", { hour12: false });
}

export function formatDate(seconds: number): string {
  const format = { day: "numeric", month: "short", year: "numeric" } as const;
  return new Date(seconds * 1000).toLocaleDateString("en-GB", format);
}

export function formatMoment(seconds: number): string {
  return `${formatDate(seconds)}, ${clock(new Date(seconds * 1000))}`;
}
