import type { Theme } from "../host";
import { GAP, SHADE, SHADES, UNCHANGED, UNSCALED } from "./heat-grid";
import { HEAT_INKS, heatColor, type Rgb } from "./heat-scale";

/** Colours of every code as pixels of an ImageData, and how wide apart hatches are. */
export interface Brush {
  palette: Uint32Array;
  /** Device pixels per pixel of the page. */
  ratio: number;
}

const HATCH = 6;
const CLEAR = 0;

export function brushOf(theme: Theme, ratio: number): Brush {
  const palette = new Uint32Array(SHADE + SHADES);
  const { gap, unscaled, unchanged } = HEAT_INKS[theme];
  palette[GAP] = pixel(gap);
  palette[UNSCALED] = pixel(unscaled);
  palette[UNCHANGED] = pixel(unchanged);
  for (let i = 0; i < SHADES; i++) palette[SHADE + i] = pixel(heatColor(i / (SHADES - 1), theme));
  return { palette, ratio };
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
