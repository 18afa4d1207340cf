/** A linear map from values to pixels. */
export interface Scale {
  (value: number): number;
  invert(pixel: number): number;
  domain: Domain;
}

export type Domain = readonly [number, number];

export function linearScale(domain: Domain, range: Domain): Scale {
  const [low, high] = domain;
  const [start, end] = range;
  const perUnit = (end - start) / (high - low || 1);
  const scale = (value: number) => start + (value - low) * perUnit;
  const invert = (pixel: number) => (perUnit === 0 ? low : low + (pixel - start) / perUnit);
  return Object.assign(scale, { invert, domain });
}
