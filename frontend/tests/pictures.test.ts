import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Picture, provenance, sightOf, wrapped } from "../src/charts/picture";
import { stepsCsv } from "../src/detail/export";
import { rowsOf } from "../src/model/rows";
import { overviewReply, seriesReply } from "./fixtures";

const ODD = "<img src=x onerror=alert(1)>\u0001\uD800&=cmd()";

const parsed = ({ svg }: Picture) => new DOMParser().parseFromString(svg, "image/svg+xml");
const textsOf = (picture: Picture) =>
  [...parsed(picture).querySelectorAll("text")].map(({ textContent }) => textContent);

/** Everything lies in one place and is as large, so that all of it is in sight. */
beforeEach(() => {
  const box = new DOMRect(10, 20, 200, 100);
  vi.spyOn(Element.prototype, "getBoundingClientRect").mockReturnValue(box);
  vi.spyOn(Range.prototype, "getBoundingClientRect").mockReturnValue(box);
});
afterEach(() => vi.restoreAllMocks());

function part(...children: (Node | string)[]): Element {
  const element = document.createElement("div");
  element.append(...children);
  document.body.replaceChildren(element);
  return element;
}

test("a picture says of which run it is, against what, and when it was taken", () => {
  vi.spyOn(Date, "now").mockReturnValue(new Date(2026, 2, 5, 14, 30, 7).getTime());
  const overview = overviewReply("lr-1", [{ tag: "w" }]);
  expect(provenance(overview, rowsOf(overview))).toEqual([
    "run lr-1 · baseline: step 0, the first logged",
    "5 Mar 2026, 14:30:07",
  ]);
  const shown = (...steps: number[]) => provenance(overview, rowsOf(overview), steps)[1];
  expect(shown(0, 200, 4000)).toBe("steps 0 to 4,000 · 5 Mar 2026, 14:30:07");
  expect(shown(200)).toBe("step 200 · 5 Mar 2026, 14:30:07");
  const beside = { ...overview, baseline: "run:a" };
  expect(provenance(beside, rowsOf(beside))[0]).toBe(
    "run lr-1 · baseline: the first step of run a",
  );
});

test("a picture holds its notes and all texts of its parts, in their order", () => {
  const unseen = document.createElement("span");
  unseen.className = "unseen";
  unseen.append("for ears");
  const picture = sightOf({
    parts: [part("conv/kernel", unseen), part("moved")],
    notes: ["run r"],
  });
  expect(textsOf(picture)).toEqual(["run r", "conv/kernel", "moved"]);
  expect(picture.height).toBeGreaterThan(200);
});

test("a vertical text is one in a picture, too", () => {
  const name = document.createElement("span");
  name.style.writingMode = "vertical-rl";
  name.append("c_proj");
  const [copy] = parsed(sightOf({ parts: [part(name)], notes: [] })).querySelectorAll("text");
  expect(copy?.textContent).toBe("c_proj");
  expect(copy?.getAttribute("transform")).toBe("rotate(-90 110 120)");
});

test("a name of any characters is text in a picture, and what XML cannot hold is replaced", () => {
  const picture = sightOf({ parts: [part(ODD)], notes: [] });
  expect(picture.svg).not.toContain("<img");
  for (const character of ["\u0001", "\uD800"]) expect(picture.svg).not.toContain(character);
  expect(textsOf(picture)).toEqual(["<img src=x onerror=alert(1)>\uFFFD\uFFFD&=cmd()"]);
});

test("a drawing is copied with its place, and a canvas as it was painted", () => {
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawing.innerHTML = '<path class="band" d="M0,0H1"/>';
  const canvas = document.createElement("canvas");
  vi.spyOn(canvas, "toDataURL").mockReturnValue("data:image/png;base64,AA");
  const copied = parsed(sightOf({ parts: [part(drawing, canvas)], notes: [] }));
  expect(copied.querySelector("path")?.getAttribute("d")).toBe("M0,0H1");
  expect(copied.querySelector("path")?.hasAttribute("class")).toBe(false);
  expect(copied.querySelector("image")?.getAttribute("href")).toBe("data:image/png;base64,AA");
});

test("what nobody can see is not in the picture", () => {
  const hidden = document.createElement("p");
  hidden.append("hidden");
  hidden.getBoundingClientRect = () => new DOMRect(10, 20, 0, 0);
  expect(textsOf(sightOf({ parts: [part("shown", hidden)], notes: [] }))).toEqual(["shown"]);
  expect(() => sightOf({ parts: [], notes: [] })).toThrow("not in sight");
});

test("long texts go over several lines", () => {
  expect(wrapped("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrapped("x".repeat(5), 2)).toEqual(["xx", "xx", "x"]);
  expect(wrapped("", 5)).toEqual([""]);
});

test("every step of a tensor is a line of its CSV, with all measures and quantiles", () => {
  const [head, ...lines] = stepsCsv(seriesReply("r", "=t")).trim().split("\r\n");
  expect(lines).toHaveLength(3);
  const columns = head?.split(",") ?? [];
  for (const name of ["step", "wall_time", "movement", "speed", "band_668", "delta_band_10000"])
    expect(columns).toContain(name);
  const second = lines[1]?.split(",") ?? [];
  expect(second.slice(0, 5)).toEqual(["r", "'=t", "first", "200", "1"]);
  expect(second[columns.indexOf("movement")]).toBe("0.0005");
  expect(second).toHaveLength(columns.length);
});
