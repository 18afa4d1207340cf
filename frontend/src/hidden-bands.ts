export const BANDS_CHARTS = ["delta", "bands"] as const;

export type BandsChartName = (typeof BANDS_CHARTS)[number];

/** Pairs of bands taken out of each chart, by the lower one's basis points; null is its default. */
export type HiddenBands = Readonly<Record<BandsChartName, readonly number[] | null>>;

export const DEFAULT_HIDDEN: HiddenBands = { delta: null, bands: null };

/** `delta-0-668~bands-0`: characters that an address leaves as they are; null for the default. */
export function hiddenToText(hidden: HiddenBands): string | null {
  const told = BANDS_CHARTS.filter((chart) => hidden[chart] !== null);
  return told.map((chart) => [chart, ...(hidden[chart] ?? [])].join("-")).join("~") || null;
}

/** What names no chart, and what is below no median, is left out. */
export function textToHidden(text: string | undefined): HiddenBands {
  const hidden: Record<BandsChartName, readonly number[] | null> = { ...DEFAULT_HIDDEN };
  for (const part of text?.split("~") ?? []) {
    const [name, ...keys] = part.split("-");
    const chart = BANDS_CHARTS.find((each) => each === name);
    if (chart)
      hidden[chart] = keys
        .filter((key) => /^\d+$/.test(key))
        .map(Number)
        .filter(isLower);
  }
  return hidden;
}

const isLower = (basisPoints: number) => basisPoints < 5000;
