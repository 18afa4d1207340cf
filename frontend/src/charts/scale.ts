/** A map from values to pixels. */
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

/** Equal factors take equal room; what is at or below the domain's low end stands at that end. */
export function logScale(domain: Domain, range: Domain): Scale {
  const inner = linearScale([Math.log10(domain[0]), Math.log10(domain[1])], range);
  const scale = (value: number) => inner(Math.log10(Math.max(domain[0], value)));
  return Object.assign(scale, { invert: (pixel: number) => 10 ** inner.invert(pixel), domain });
}
