import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const SOURCES = join(import.meta.dirname, "../src");
const read = (name: string) => readFileSync(join(SOURCES, `${name}.css`), "utf8");

type Rgb = readonly number[];
type Theme = "light" | "dark";

/** The colours of both themes; what the dark one leaves out it has from the light one. */
function colours(): Record<Theme, Map<string, Rgb>> {
  const [light = "", dark = ""] = read("styles/tokens").split(':root[data-theme="dark"]');
  const inside = (css: string) =>
    [...css.matchAll(/--([\w-]+):\s*#([0-9a-f]{6});/g)].map(
      ([, name = "", hex = ""]): [string, Rgb] => [
        name,
        [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)),
      ],
    );
  return { light: new Map(inside(light)), dark: new Map([...inside(light), ...inside(dark)]) };
}

const COLOURS = colours();

function colour(theme: Theme, name: string): Rgb {
  const found = COLOURS[theme].get(name);
  if (!found) throw new Error(`No colour --${name} in ${theme}`);
  return found;
}

/** Relative luminance and contrast as WCAG 2 defines them. */
function luminance(rgb: Rgb): number {
  const [red = 0, green = 0, blue = 0] = rgb.map((byte) => {
    const share = byte / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: Rgb, other: Rgb): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

function over(ink: Rgb, paper: Rgb, opacity: number): Rgb {
  return ink.map((byte, i) => byte * opacity + (paper[i] ?? 0) * (1 - opacity));
}

const PAPERS = ["paper", "raised", "sunken", "accent-wash"];
const THEMES = ["light", "dark"] as const;
const pairs = (inks: readonly string[], papers: readonly string[]) =>
  THEMES.flatMap((theme) =>
    inks.flatMap((ink) => papers.map((paper) => [theme, ink, paper] as const)),
  );

test("the measure of contrast is WCAG's", () => {
  expect(contrast([0, 0, 0], [255, 255, 255])).toBe(21);
  expect(contrast([119, 119, 119], [255, 255, 255])).toBeCloseTo(4.48, 2);
});

test.each(pairs(["ink", "ink-soft", "accent", "grave"], PAPERS))(
  "%s: text in %s on %s can be read",
  (theme, ink, paper) => {
    expect(contrast(colour(theme, ink), colour(theme, paper))).toBeGreaterThanOrEqual(4.5);
  },
);

test.each(pairs(["still", "some", "good", "far", "warn", "grave", "accent"], PAPERS))(
  "%s: %s stands out from %s",
  (theme, ink, paper) => {
    expect(contrast(colour(theme, ink), colour(theme, paper))).toBeGreaterThanOrEqual(3);
  },
);

test.each(pairs(["field"], ["paper", "raised"]))(
  "%s: the edge of a %s is seen on %s",
  (theme, ink, paper) => {
    expect(contrast(colour(theme, ink), colour(theme, paper))).toBeGreaterThanOrEqual(3);
  },
);

test.each(THEMES)(
  "%s: to have moved far is told in a cool colour, what stands still in a warm one",
  (theme) => {
    const warmth = (name: string) => {
      const [red = 0, , blue = 0] = colour(theme, name);
      return red - blue;
    };
    for (const calm of ["far", "good", "some"]) expect(warmth(calm)).toBeLessThan(0);
    for (const alarming of ["warn", "grave"]) expect(warmth(alarming)).toBeGreaterThan(60);
  },
);

/** Every rule of the charts that draws a line in one of the tokens. */
function lines(): { selector: string; ink: string; opacity: number }[] {
  return ["charts/charts", "detail/charts", "cards/cards", "table/table"].flatMap((name) =>
    [...read(name).matchAll(/([^{}]+)\{([^{}]*)\}/g)].flatMap(([, selector = "", body = ""]) => {
      const ink = body.match(/[^-]stroke:\s*var\(--([\w-]+)\)/)?.[1];
      if (!ink) return [];
      const opacity = Number(body.match(/stroke-opacity:\s*([\d.]+)/)?.[1] ?? 1);
      return [{ selector: selector.replace(/\/\*.*\*\//s, "").trim(), ink, opacity }];
    }),
  );
}

/** Lines that only help the eye along, or end a text that is read. */
const DECORATION = /grid|axis|end-label|histogram text|zoom-strip/;
const MEANINGFUL = lines().filter(({ selector }) => !DECORATION.test(selector));

test.each(THEMES.flatMap((theme) => MEANINGFUL.map((line) => ({ theme, ...line }))))(
  "$theme: the line $selector stands out from the paper",
  ({ theme, ink, opacity }) => {
    const paper = colour(theme, "paper");
    expect(contrast(over(colour(theme, ink), paper, opacity), paper)).toBeGreaterThanOrEqual(3);
  },
);

test("there are lines to judge, and those of one chart differ in more than their hue", () => {
  expect(MEANINGFUL.length).toBeGreaterThan(10);
  const dashes = (name: string, rule: string) =>
    read(name).match(new RegExp(`${rule}[^{]*\\{[^}]*?stroke-dasharray: ([\\d. ]+);`))?.[1] ??
    "none";
  const parts = ["median", "spread", "shape"].map((part) =>
    dashes("detail/charts", `\\.part-line\\.part-${part}`),
  );
  expect(new Set(parts).size).toBe(3);
  expect(dashes("detail/charts", "\\.histogram\\.baseline path")).not.toBe("none");
  expect(dashes("detail/charts", "\\.histogram\\.chosen path")).toBe("none");
  expect(dashes("detail/charts", "\\.ghost-line")).not.toBe("none");
});
