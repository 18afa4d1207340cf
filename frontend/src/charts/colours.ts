import type { MaybeNumber, Measure } from "../api/replies";
import type { Theme } from "../host/tensorboard";
import { isNumber } from "../words/numbers";
import { CHARACTER } from "./plot";

/** A logarithmic scale of colours, from a power of ten to another. */
export interface ColourScale {
  lowest: number;
  highest: number;
}

/** From 0.01 % to 100 %, or as far as the data go. */
const OF_MOVEMENTS: ColourScale = { lowest: 1e-4, highest: 1 };
const MOST_HIGHEST = 1e6;
/** Decades below the largest speed that are told apart. */
const DECADES = 4;
const MOST_TICKS = 6;

const SCALES: Partial<Record<Measure, ColourScale>> = {
  update_ratio: { lowest: 1e-6, highest: 0.1 },
};

/** The scale that holds what there is. */
export function heatScale(measure: Measure, largest: number): ColourScale {
  const decade = largest > 0 ? 10 ** Math.ceil(Math.log10(largest) - 1e-9) : 1;
  if (measure === "speed") return { lowest: decade / 10 ** DECADES, highest: decade };
  const { lowest, highest } = SCALES[measure] ?? OF_MOVEMENTS;
  return { lowest, highest: Math.min(MOST_HIGHEST, Math.max(highest, largest && decade)) };
}

/** Powers of ten from one end of the scale to the other, at most so many. */
export function heatTicks({ lowest, highest }: ColourScale, most = MOST_TICKS): number[] {
  const decades = Math.round(Math.log10(highest / lowest));
  const every = Math.ceil(decades / (most - 1));
  const count = Math.floor(decades / every) + 1;
  return Array.from({ length: count }, (_, i) => highest / 10 ** (i * every)).reverse();
}

/** Between the texts of two ticks, in characters. */
const APART = 0.3;

/** As many of them as have room beside each other, each with its text. */
export function fittingTicks(
  scale: ColourScale,
  width: number,
  textOf: (tick: number) => string,
): { tick: number; text: string; left: number }[] {
  for (let most = MOST_TICKS; ; most--) {
    const ticks = heatTicks(scale, most).map((tick) => {
      const text = textOf(tick);
      return { tick, text, left: width * heatPosition(tick, scale) };
    });
    const fits = ticks.every(({ text, left }, i) => {
      const before = ticks[i - 1];
      const needed = (text.length + (before?.text.length ?? 0)) / 2 + APART;
      return !before || left - before.left >= needed * CHARACTER;
    });
    if (fits || most === 2) return ticks;
  }
}

export type Rgb = readonly [red: number, green: number, blue: number];

/** Where a value stands on the scale, 0 to 1. */
export function heatPosition(value: number, { lowest, highest }: ColourScale): number {
  const position = Math.log(value / lowest) / Math.log(highest / lowest);
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
interface HeatInks {
  unchanged: Rgb;
  /** The lines of the hatches. */
  gap: Rgb;
  unscaled: Rgb;
  /** NaN or infinity: the verdict's colour. */
  broken: Rgb;
}

export const HEAT_INKS: Record<Theme, HeatInks> = {
  light: {
    unchanged: [238, 240, 243],
    gap: [214, 218, 224],
    unscaled: [138, 146, 158],
    broken: [194, 47, 47],
  },
  dark: {
    unchanged: [48, 51, 57],
    gap: [64, 69, 77],
    unscaled: [125, 133, 145],
    broken: [255, 123, 114],
  },
};

function mix(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}

/** Björn Ottosson's OKLab, in polar form, to sRGB. */
function oklchToRgb(lightness: number, chroma: number, hue: number): Rgb {
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

/** What a column of a row is painted with: a code below SHADE, or SHADE and a shade on top. */
export const GAP = 0;
export const UNSCALED = 1;
export const UNCHANGED = 2;
export const BROKEN = 3;
export const SHADE = 4;
export const SHADES = 240;
/** Beyond all colours: nothing is painted. */
export const NOTHING_THERE = 255;

export function codeOf(value: MaybeNumber, unscaled: boolean, scale: ColourScale): number {
  if (!isNumber(value)) return GAP;
  if (value === 0) return UNCHANGED;
  return unscaled ? UNSCALED : SHADE + Math.round(heatPosition(value, scale) * (SHADES - 1));
}

/** Colours of every code as pixels of an ImageData, and how wide apart hatches are. */
interface Brush {
  palette: Uint32Array;
  /** Device pixels per pixel of the page. */
  ratio: number;
}

const HATCH = 6;
const CLEAR = 0;

export function brushOf(theme: Theme, ratio: number): Brush {
  const palette = new Uint32Array(SHADE + SHADES);
  const { gap, unscaled, unchanged, broken } = HEAT_INKS[theme];
  palette[GAP] = pixel(gap);
  palette[UNSCALED] = pixel(unscaled);
  palette[UNCHANGED] = pixel(unchanged);
  palette[BROKEN] = pixel(broken);
  for (let i = 0; i < SHADES; i++) palette[SHADE + i] = pixel(heatColor(i / (SHADES - 1), theme));
  return { palette, ratio };
}

/** Hands over the pixels of a canvas, clear, and shows what was made of them. */
export function paintPixels(
  canvas: HTMLCanvasElement | null,
  paint: (pixels: Uint32Array) => void,
): void {
  const context = canvas?.getContext("2d");
  if (!canvas || !context || canvas.width === 0 || canvas.height === 0) return;
  const image = context.createImageData(canvas.width, canvas.height);
  paint(new Uint32Array(image.data.buffer));
  context.putImageData(image, 0, 0);
}

/** Little-endian, as every browser's ImageData is read here. */
function pixel([red, green, blue]: Rgb): number {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/**
 * Paints one row from its codes; what lies between two rows stays clear. A gap is hatched one way,
 * a tensor without a scale the other way: both read without colour.
 */
export function paintRow(
  pixels: Uint32Array,
  width: number,
  codes: Uint8Array,
  top: number,
  bottom: number,
  { palette, ratio }: Brush,
): void {
  const period = Math.round(HATCH * ratio);
  const thick = Math.max(1, Math.round(ratio));
  const height = pixels.length / width;
  for (let y = Math.max(0, top); y < Math.min(height, bottom); y++) {
    const start = y * width;
    for (let x = 0; x < width; x++) {
      const code = codes[x] ?? GAP;
      let ink = palette[code] ?? CLEAR;
      if (code === GAP && (x + y) % period >= thick) ink = CLEAR;
      if (code === UNSCALED && (x + 3 * period - ((y - top) % period)) % period >= thick)
        ink = CLEAR;
      pixels[start + x] = ink;
    }
  }
}
