import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

const SOURCES = join(import.meta.dirname, "../src");

/** From the ground up. A folder imports from lower floors alone: of one floor none knows another. */
const FLOORS = [
  ["styles", "api", "host"],
  ["words"],
  ["model"],
  ["store"],
  ["ui"],
  ["charts"],
  ["table", "cards", "heatmap", "map", "runs", "detail", "header"],
  ["page"],
  ["app.tsx"],
  ["main.ts"],
];

interface Source {
  path: string;
  /** Without comments: what they say is no code. */
  code: string;
  /** The sources it names: for values or types, at once or when needed, code or style. */
  imports: string[];
}

const NAMES = (readdirSync(SOURCES, { recursive: true }) as string[])
  .map((name) => name.replaceAll("\\", "/"))
  .filter((name) => /\.(tsx?|css)$/.test(name));

function sourceOf(path: string): Source {
  const text = readFileSync(join(SOURCES, path), "utf8");
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "");
  const named = [...code.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)];
  const imports = named.map(([, name = ""]) => {
    const target = relative(SOURCES, join(SOURCES, dirname(path), name)).replaceAll("\\", "/");
    const found = NAMES.find((each) => [target, `${target}.ts`, `${target}.tsx`].includes(each));
    if (!found) throw new Error(`${path} imports ${name}, which is not there`);
    return found;
  });
  return { path, code, imports };
}

const ALL = NAMES.map(sourceOf);
const CODE = ALL.filter(({ path }) => !path.endsWith(".css"));

const folderOf = (path: string) => path.split("/")[0] ?? "";
const floorOf = (path: string) => FLOORS.findIndex((floor) => floor.includes(folderOf(path)));

/** The lines outside of some places that a pattern is found in. */
function found(pattern: RegExp, isPlace: (path: string) => boolean): string[] {
  return CODE.filter(({ path }) => !isPlace(path)).flatMap(({ path, code }) =>
    code.split("\n").flatMap((line) => (pattern.test(line) ? [`${path}: ${line.trim()}`] : [])),
  );
}

test("every source stands on a floor, and there are imports to judge", () => {
  expect(NAMES.filter((path) => floorOf(path) < 0)).toEqual([]);
  expect(CODE.flatMap(({ imports }) => imports).length).toBeGreaterThan(300);
});

test("at the top lie the entry and the page's start alone", () => {
  expect(NAMES.filter((path) => !path.includes("/")).sort()).toEqual(["app.tsx", "main.ts"]);
});

test("a folder holds no more than can be looked over", () => {
  const folders = new Set(CODE.map(({ path }) => folderOf(path)));
  const filesIn = (name: string) => CODE.filter(({ path }) => folderOf(path) === name).length;
  expect([...folders].filter((name) => filesIn(name) > 20)).toEqual([]);
});

test("imports go down, or stay in their folder; no feature knows another", () => {
  const wrong = ALL.flatMap(({ path, imports }) =>
    imports
      .filter((other) => folderOf(path) !== folderOf(other) && floorOf(path) <= floorOf(other))
      .map((other) => `${path} → ${other}`),
  );
  expect(wrong).toEqual([]);
});

test("no file imports itself, by whatever way round, types included", () => {
  const importsOf = new Map(CODE.map(({ path, imports }) => [path, imports]));
  const whole = new Set<string>();
  const circleFrom = (path: string, way: readonly string[]): string | null => {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path].join(" → ");
    if (whole.has(path)) return null;
    for (const other of importsOf.get(path) ?? []) {
      const circle = circleFrom(other, [...way, path]);
      if (circle) return circle;
    }
    whole.add(path);
    return null;
  };
  expect(CODE.map(({ path }) => circleFrom(path, [])).filter(Boolean)).toEqual([]);
});

test("the client alone fetches", () => {
  expect(found(/\bfetch\(|XMLHttpRequest|sendBeacon/, (path) => path === "api/client.ts")).toEqual(
    [],
  );
});

test("host/ alone knows the window around, the address, downloads and the clipboard", () => {
  const foreign =
    /(?<![\w.])(?:window\.)?(?:parent|top|location|history|navigator)\.|execCommand|createObjectURL|postMessage/;
  // The entry offers to load again when nothing else could be loaded.
  expect(found(foreign, (path) => folderOf(path) === "host" || path === "main.ts")).toEqual([]);
});

test("model/ and words/ are pure: no signal, no view, no document", () => {
  const pure = CODE.filter(({ path }) => ["model", "words"].includes(folderOf(path)));
  const impure =
    /from "(?:preact|@preact)|\.tsx?"|(?<![\w.])(?:document|window|globalThis|matchMedia|localStorage)\b/;
  const wrong = pure.filter(({ path, code }) => path.endsWith(".tsx") || impure.test(code));
  expect(pure.length).toBeGreaterThan(5);
  expect(wrong.map(({ path }) => path)).toEqual([]);
});
