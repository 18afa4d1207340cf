import type { Thresholds } from "./replies";

/** A threshold as it is typed: in per cent of what it is a part of, or how many times it. */
export interface ThresholdField {
  name: keyof Thresholds;
  label: string;
  hint: string;
  unit: "%" | "×";
}

export const THRESHOLD_FIELDS: readonly ThresholdField[] = [
  { name: "moved", label: "moved", hint: "relative movement of at least", unit: "%" },
  { name: "moved_far", label: "moved far", hint: "relative movement of at least", unit: "%" },
  { name: "exploding", label: "exploding", hint: "spread or max |x| at least", unit: "×" },
  { name: "collapsed", label: "collapsed", hint: "spread at most", unit: "%" },
];

/** Enough digits for any threshold, without what binary fractions add: 0.07 is 7, not 7.000…1. */
export function shownThreshold({ unit }: ThresholdField, value: number): string {
  return String(Number((unit === "%" ? value * 100 : value).toPrecision(12)));
}

/** The threshold that was typed, or why it cannot be one beside the others. */
export function typedThreshold(
  { name, unit }: ThresholdField,
  text: string,
  others: Thresholds,
): { value: number } | { problem: string } {
  const typed = Number(text.replace(",", "."));
  if (!text.trim() || !Number.isFinite(typed) || typed <= 0)
    return { problem: "A number above 0 is needed." };
  const value = unit === "%" ? Number((typed / 100).toPrecision(12)) : typed;
  if (name === "moved" && value >= others.moved_far)
    return { problem: "“Moved” must stay below “moved far”." };
  if (name === "moved_far" && value <= others.moved)
    return { problem: "“Moved far” must stay above “moved”." };
  if (name === "exploding" && value <= 1) return { problem: "Exploding means more than 1 ×." };
  if (name === "collapsed" && value >= 1) return { problem: "Collapsed means less than 100 %." };
  return { value };
}
