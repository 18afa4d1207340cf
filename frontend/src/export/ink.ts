/** The page's colours and its font, for pictures that are drawn anew. */
export interface Ink {
  paper: string;
  ink: string;
  soft: string;
  grid: string;
  line: string;
  band: string;
  /** How dense each pair of bands is, the outermost first. */
  bands: readonly string[];
  median: string;
  ghost: string;
  font: string;
}

/** As the theme in force has them. */
export function inkOf(root: Element = document.documentElement): Ink {
  const style = getComputedStyle(root);
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    paper: token("paper"),
    ink: token("ink"),
    soft: token("ink-soft"),
    grid: token("grid"),
    line: token("hairline-strong"),
    band: token("band"),
    bands: [0, 1, 2, 3].map((depth) => token(`band-${depth}`)),
    median: token("band-line"),
    ghost: token("ghost"),
    font: token("font"),
  };
}
