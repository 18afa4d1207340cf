import { ticks } from "d3-array";
import type { OverviewReply } from "../api/replies";
import { type ChartFile, savePicture } from "../charts/picture";
import { type Domain, linearScale } from "../charts/scale";
import {
  CHARACTER,
  type Ink,
  inkOf,
  type Key,
  type Picture,
  pictureWith,
  shape,
  stepsBelow,
} from "../charts/sheet";
import { formatStep } from "../charts/step-axis";
import { fileName } from "../host/files";
import type { Theme } from "../host/tensorboard";
import { orderText } from "../model/rows";
import type { Store } from "../store/store";
import { baselineText } from "../words/baseline";
import { STEP_LABEL } from "../words/labels";
import { formatCount, formatNumber, plural } from "../words/numbers";
import {
  cssColor,
  GAP,
  HEAT_INKS,
  HEAT_TICKS,
  heatColor,
  heatPosition,
  SHADE,
  SHADES,
  UNCHANGED,
  UNSCALED,
} from "./colours";
import { type HeatLine, heatColumns, heatDomain, heatLines, heatRow } from "./rows";

/** Saves the heat map from its first to its last line; tells what was left out. */
export async function saveHeatmap(store: Store, format: ChartFile): Promise<string> {
  const overview = store.overview.peek().data;
  if (!overview) throw new Error("there are no tensors yet");
  const ordered = store.orderedRows.peek();
  const rows = new Map(ordered.map((row) => [row.tag, heatRow(row)]));
  const lines = heatLines(store.entries.peek(), rows);
  const domain = heatDomain([...rows.values()]);
  const notes = [notesOf(store, overview)];
  const picture = heatPicture({ lines, domain, theme: store.theme.peek(), notes }, inkOf());
  const file = await savePicture(picture, fileName(overview.run, "heat-map"), format);
  return [`Saved as ${file}.`, ...leftOutNote(lines.length)].join(" ");
}

function notesOf(store: Store, { run, baseline, columns }: OverviewReply): string {
  const [shown, all] = [store.shownRows.peek().length, store.rows.peek().length];
  const count =
    shown === all ? plural(all, "tensor") : `${formatCount(shown)} of ${plural(all, "tensor")}`;
  const sampled = columns.flags.some((flags) => flags.includes("baseline_sampled"));
  return `run ${run} · ${count} by ${orderText(store.sort.peek())} · ${baselineText(baseline, columns.baseline_step, sampled)}`;
}

/** A picture that can still be opened and printed: more lines are left out, and that is said. */
export const MOST_LINES = 400;
const CELLS = 720;
const LINE = 16;
const SHORTEST_NAME = 12;
const LONGEST_NAME = 52;
const RAMP = 200;
const RAMP_HEIGHT = 38;
const AXIS = 36;
const PIXELS_PER_TICK = 72;

interface HeatSheet {
  lines: readonly HeatLine[];
  domain: Domain;
  theme: Theme;
  /** Which tensors, in which order, against what. */
  notes: readonly string[];
}

/** The whole heat map: all lines in their order, the steps below, its colours above. */
export function heatPicture({ lines, domain, theme, notes }: HeatSheet, ink: Ink): Picture {
  const drawn = lines.slice(0, MOST_LINES);
  const left = Math.ceil(CHARACTER * longestName(drawn)) + 12;
  const bottom = RAMP_HEIGHT + drawn.length * LINE;
  const element = shape(
    "g",
    {},
    hatches(theme),
    ramp(),
    ...drawn.map((line, i) => nameOf(line, RAMP_HEIGHT + i * LINE, ink)),
    cells(drawn, domain, theme, left),
    ...stepsBelow(stepTicks(domain, left), { left, right: left + CELLS }, bottom, STEP_LABEL, ink),
  );
  const heading = {
    title: "Relative movement over training steps",
    notes: [...notes, ...leftOutNote(lines.length)],
    keys: keysOf(theme, ink),
  };
  return pictureWith(heading, left + CELLS, { element, height: bottom + AXIS }, ink);
}

export function leftOutNote(lines: number): string[] {
  if (lines <= MOST_LINES) return [];
  return [`The first ${MOST_LINES} lines; ${plural(lines - MOST_LINES, "more line")} left out.`];
}

/** A name that is too long loses its middle. */
export function shortened(name: string, most = LONGEST_NAME): string {
  if (name.length <= most) return name;
  const head = Math.ceil((most - 1) / 2);
  return `${name.slice(0, head)}…${name.slice(head + 1 - most)}`;
}

function textOf(line: HeatLine): string {
  if (line.kind === "tensor") return shortened(line.row.tag);
  const { scope, rows } = line.group;
  return `${shortened(scope || "(no scope)")}: ${plural(rows.length, "tensor")}`;
}

function longestName(lines: readonly HeatLine[]): number {
  return lines.reduce((most, line) => Math.max(most, textOf(line).length), SHORTEST_NAME);
}

function nameOf(line: HeatLine, top: number, ink: Ink): Element {
  const bold = line.kind === "group" ? { "font-weight": 600 } : {};
  return shape("text", { y: top + 11.5, fill: ink.ink, ...bold }, textOf(line));
}

/** One path for all cells of one colour: few elements, however many cells. */
function cells(lines: readonly HeatLine[], domain: Domain, theme: Theme, left: number): Element {
  const paths = new Map<number, string>();
  lines.forEach((line, i) => {
    if (line.kind !== "tensor") return;
    const codes = heatColumns(line.row, domain, CELLS);
    const top = RAMP_HEIGHT + i * LINE;
    for (let start = 0, end = 0; start < CELLS; start = end) {
      while (end < CELLS && codes[end] === codes[start]) end++;
      const cell = `M${left + start},${top}h${end - start}v${LINE - 1}h${start - end}z`;
      paths.set(codes[start] ?? GAP, (paths.get(codes[start] ?? GAP) ?? "") + cell);
    }
  });
  const shapes = [...paths].map(([code, d]) => shape("path", { d, fill: fillOf(code, theme) }));
  return shape("g", {}, ...shapes);
}

function fillOf(code: number, theme: Theme): string {
  if (code === GAP) return "url(#gap)";
  if (code === UNSCALED) return "url(#no-scale)";
  if (code === UNCHANGED) return cssColor(HEAT_INKS[theme].unchanged);
  return cssColor(heatColor((code - SHADE) / (SHADES - 1), theme));
}

/** As on the page: a gap is hatched one way, a tensor without a scale the other way. */
function hatches(theme: Theme): Element {
  const { gap, unscaled } = HEAT_INKS[theme];
  const hatch = (id: string, d: string, stroke: string) =>
    shape(
      "pattern",
      { id, width: 6, height: 6, patternUnits: "userSpaceOnUse" },
      shape("path", { d, stroke }),
    );
  return shape(
    "defs",
    {},
    hatch("gap", "M-1,7L7,-1M-1,1L1,-1M5,7L7,5", cssColor(gap)),
    hatch("no-scale", "M-1,-1L7,7M5,-1L7,1M-1,5L1,7", cssColor(unscaled)),
    shape("linearGradient", { id: "movement" }, ...stops(theme)),
  );
}

function stops(theme: Theme): Element[] {
  return Array.from({ length: 25 }, (_, i) =>
    shape("stop", { offset: i / 24, "stop-color": cssColor(heatColor(i / 24, theme)) }),
  );
}

/** The scale of colours with its unit. */
function ramp(): Element {
  const label = "% of initial spread (or value)";
  return shape(
    "g",
    {},
    shape("rect", { x: 16, width: RAMP, height: 10, fill: "url(#movement)" }),
    ...HEAT_TICKS.map((tick) =>
      shape(
        "text",
        { x: 16 + RAMP * heatPosition(tick), y: 22, "text-anchor": "middle", "font-size": 10 },
        `${formatNumber(100 * tick)}${tick === 1 ? " %+" : " %"}`,
      ),
    ),
    shape("text", { x: RAMP + 44, y: 9 }, label),
  );
}

function keysOf(theme: Theme, ink: Ink): Key[] {
  const key = (name: string, code: number): Key => ({
    name,
    mark: shape("rect", { width: 14, height: 10, fill: fillOf(code, theme), stroke: ink.line }),
  });
  return [key("unchanged", UNCHANGED), key("gap", GAP), key("no scale", UNSCALED)];
}

function stepTicks(domain: Domain, left: number) {
  const scale = linearScale(domain, [left, left + CELLS]);
  return ticks(...domain, CELLS / PIXELS_PER_TICK)
    .filter(Number.isInteger)
    .map((step) => ({ position: scale(step), text: formatStep(step) }));
}
