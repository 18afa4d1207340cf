import type { Theme } from "../host";

/** Relative movements from 0.01 % to 100 % and more, on a logarithmic scale. */
const LOWEST = 1e-4;
const HIGHEST = 1;
export const HEAT_TICKS = [1e-4, 1e-3, 1e-2, 1e-1, 1] as const;

export type Rgb = readonly [red: number, green: number, blue: number];

/** Where a movement stands on the scale, 0 to 1. */
export function heatPosition(fraction: number): number {
  const position = Math.log(fraction / LOWEST) / Math.log(HIGHEST / LOWEST);
  return Math.min(1, Math.max(0, position));
}

interface Ramp {
  lightness: readonly [number, number];
  hue: readonly [number, number];
  chroma: readonly [start: number, middle: number, end: number];
}

/**
 * Even steps of OKLab lightness, away from the paper: more movement stands out more in both themes,
 * and without any sense of hue. The hue turns a little to tell neighbours apart.
 */
const RAMPS: Record<Theme, Ramp> = {
  light: { lightness: [0.9, 0.3], hue: [140, 300], chroma: [0.06, 0.1, 0.13] },
  dark: { lightness: [0.4, 0.95], hue: [300, 110], chroma: [0.1, 0.1, 0.13] },
};

export function heatColor(position: number, theme: Theme): Rgb {
  const { lightness, hue, chroma } = RAMPS[theme];
  const [start, middle, end] = chroma;
  const near = position < 0.5;
  const strength = near ? mix(start, middle, 2 * position) : mix(middle, end, 2 * position - 1);
  return oklchToRgb(mix(...lightness, position), strength, mix(...hue, position));
}

/** Colours without a place on the scale. */
export interface HeatInks {
  unchanged: Rgb;
  /** The lines of the hatches. */
  gap: Rgb;
  unscaled: Rgb;
}

export const HEAT_INKS: Record<Theme, HeatInks> = {
  light: { unchanged: [238, 240, 243], gap: [214, 218, 224], unscaled: [138, 146, 158] },
  dark: { unchanged: [48, 51, 57], gap: [64, 69, 77], unscaled: [125, 133, 145] },
};

export function cssColor([red, green, blue]: Rgb): string {
  return `rgb(${red} ${green} ${blue})`;
}

function mix(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}

/** Björn Ottosson's OKLab, in polar form, to sRGB. */
export function oklchToRgb(lightness: number, chroma: number, hue: number): Rgb {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    toByte(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    toByte(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    toByte(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function toByte(linear: number): number {
  const value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
  return Math.round(255 * Math.min(1, Math.max(0, value)));
}
