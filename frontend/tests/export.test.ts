import { readFileSync } from "node:fs";
import { beforeEach, expect, test, vi } from "vitest";
import { EMPTY } from "../src/api/resource";
import { copyText, fileName } from "../src/host/files";
import { toCsv, toMarkdown } from "../src/model/csv";
import { type Row, rowsOf } from "../src/model/rows";
import { GUIDE, guideToVerdicts } from "../src/page/guide";
import { comparisonMarkdown, linesOf } from "../src/runs/export";
import { csvOf, jsonOf, markdownOf } from "../src/table/export";
import { overviewReply, THRESHOLDS } from "./fixtures";

beforeEach(() => vi.restoreAllMocks());

const CELLS: [text: string, cell: string][] = JSON.parse(
  readFileSync("../tests/data/spreadsheet_cells.json", "utf8"),
);

test.each(CELLS)("no text in a CSV can act as a formula, nor in the server's: %j", (text, cell) => {
  expect(toCsv(["tag"], [[text]])).toBe(`tag\r\n${cell}\r\n`);
});

test("numbers in a CSV keep every digit and their sign; what does not exist is empty", () => {
  expect(toCsv(["a", "b", "c"], [[-1.25e-30, 0.1 + 0.2, null]])).toBe(
    "a,b,c\r\n-1.25e-30,0.30000000000000004,\r\n",
  );
});

test("commas, quotes and line ends in a CSV stay in their cell", () => {
  expect(toCsv(["a"], [['x,"y"\nz']])).toBe('a\r\n"x,""y""\nz"\r\n');
});

test("a name in a Markdown table neither ends its cell nor becomes markup", () => {
  const table = toMarkdown(["n", "v"], [["a|b<img src=x>\n**c** &lt;", "1"]], [1]);
  expect(table).toBe(
    "| n | v |\n| --- | ---: |\n| a\\|b&lt;img src=x\\> \\*\\*c\\*\\* &amp;lt; | 1 |\n",
  );
});

test("a name in a Markdown table is no link either", () => {
  expect(toMarkdown(["n"], [["https://x.org www.x.org"]])).toContain(
    "| https\\://x.org www\\.x.org |",
  );
});

test("a file name is safe and still tells what it is", () => {
  expect(fileName("a/b run", "../<img src=x>", "movement")).toBe("a_b_run-img_src_x-movement");
  expect(fileName("ä日", "")).toBe("ä日");
  expect(fileName("/", "..")).toBe("weight-delta");
  expect(fileName("-rf")).toBe("rf");
  expect(fileName("x".repeat(500)).length).toBeLessThanOrEqual(120);
});

const OVERVIEW = overviewReply("r", [
  { tag: "w1" },
  { tag: "=w2", flags: { stopped: "It stopped." } },
  { tag: "w3", relative: null, scaleKind: "none" },
]);

test("a CSV holds the tensors in the order that was asked for, all columns of the API", () => {
  const lines = csvOf(OVERVIEW, ["w3", "=w2"]).trim().split("\r\n");
  expect(lines).toHaveLength(3);
  const head = lines[0]?.split(",") ?? [];
  for (const name of ["run", "tag", "movement", "movement_lower", "resolution", "exact_mean_abs"])
    expect(head).toContain(name);
  expect(lines[1]?.startsWith("r,w3,")).toBe(true);
  expect(lines[2]?.startsWith("r,'=w2,")).toBe(true);
});

test("a JSON export holds the words of the API and what they were compared with", () => {
  const told = JSON.parse(jsonOf(OVERVIEW, ["w1"]));
  expect(told.tensors).toHaveLength(1);
  expect(told.tensors[0]).toMatchObject({ tag: "w1", movement: 0.001, verdict: "moved" });
  expect(told.thresholds).toEqual(THRESHOLDS);
});

test("a Markdown table says what the page says, with its unit", () => {
  const lines = markdownOf(rowsOf(OVERVIEW)).trim().split("\n");
  expect(lines).toHaveLength(5);
  expect(lines[2]).toBe("| w1 | weight | moved | ≥ 1.0 % | spread | 16 | 0 to 400 |");
  expect(lines[3]).toContain("moved, stopped");
  const [large] = rowsOf(OVERVIEW).map((row) => ({ ...row, elements: 9437184, lastStep: 12000 }));
  expect(markdownOf([large as Row])).toContain("| 9,437,184 | 0 to 12,000 |");
  expect(lines[4]).toContain("| 0.001 | absolute |");
});

test("without the browser's clipboard a selected field is copied", async () => {
  const copy = vi.fn(() => true);
  Object.assign(document, { execCommand: copy });
  vi.stubGlobal("navigator", {});
  expect(await copyText("a link")).toBe(true);
  expect(copy).toHaveBeenCalledWith("copy");
  expect(document.querySelector("textarea")).toBeNull();
  vi.unstubAllGlobals();
});

test("the guide explains every word that the page rests on and every verdict", () => {
  const words = GUIDE.map(({ word }) => word).join(" ");
  const page = [
    "movement",
    "floor",
    "≥",
    "exact",
    "=",
    "about",
    "estimate",
    "resolution",
    "bounds",
  ];
  const rest = ["bands", "map", "strip", "speed", "norm", "update ratio", "fraction changed"];
  for (const word of [...page, ...rest]) expect(words).toContain(word);
  const length = GUIDE.map(({ meaning }) => meaning.split(" ").length).reduce((a, b) => a + b);
  expect(length).toBeLessThan(250); // a minute's reading
  const verdicts = guideToVerdicts({ ...THRESHOLDS, moved: 0.05 });
  expect(verdicts).toHaveLength(10);
  for (const { meaning } of verdicts) expect(meaning).not.toBe("");
  expect(verdicts.find(({ word }) => word === "barely moved")?.meaning).toContain("5 %");
});

test("runs compared are a line for each tensor in each run, and a table of tensor by run", () => {
  const [a] = rowsOf(overviewReply("a", [{ tag: "w|1", movement: 0.004, relative: 0.04 }]));
  const [b] = rowsOf(overviewReply("=b", [{ tag: "w|1", movement: 0.001, relative: 0.01 }]));
  if (!a || !b) throw new Error("no rows");
  const overview = EMPTY;
  const run = (name: string) => ({
    ...{ run: name, slot: 0, overview },
    ...{ rows: new Map(), earlier: new Map() },
  });
  const comparison = {
    runs: [run("a"), run("=b"), run("c")],
    rows: [
      {
        ...{ tag: "w|1", step: 400, apart: false },
        cells: [a, b, null],
        ratios: [
          { kind: "times" as const, times: 1 },
          { kind: "times" as const, times: 0.25 },
          { kind: "unknown" as const },
        ],
      },
    ],
    reference: "a",
  };
  expect(linesOf(comparison)).toMatchObject([
    { tag: "w|1", run: "a", reference: "a", until: 400, movement: 0.004, ratio: 1 },
    {
      tag: "w|1",
      run: "=b",
      until: 400,
      relative_movement: 0.01,
      ratio_kind: "times",
      ratio: 0.25,
    },
  ]);
  expect(comparisonMarkdown(comparison)).toBe(
    "| tensor | a (reference) | =b | c |\n| --- | --- | --- | --- |\n" +
      "| w\\|1 | ≥ 4.0 % | ≥ 1.0 %, 0.25 × | – |\n",
  );
  const alone = { tag: "v", step: null, apart: true, cells: [a, null, null], ratios: [] };
  const unlike = { ...comparison, rows: [...comparison.rows, alone] };
  expect(comparisonMarkdown(unlike)).toContain("| tensor | at step | a (reference)");
  expect(comparisonMarkdown(unlike)).toContain("| v | each run's last | ≥ 4.0 % | – | – |");
});
