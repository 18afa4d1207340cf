import { copyText, type TableFile } from "../host/files";
import type { Store } from "../store/store";
import { MenuItem, Opener } from "../ui/menu";
import { formatCount, plural } from "../words/numbers";

/** What is done with the page as a whole: take it along, send it on, ask what it means. */
export function PageActions({ store }: { store: Store }) {
  return (
    <div class="page-actions">
      <ExportMenu store={store} />
      <button
        type="button"
        class="tool-button"
        data-testid="copy-link"
        aria-label="Copy link"
        title="Copy link: the address of what you see"
        onClick={() => void copyLink(store)}
      >
        <ToolIcon path="M6.5 9.5l3-3M7 4.5l1.5-1.5a2.5 2.5 0 0 1 4.5 3.5L11 8.5M9 11.5L7.5 13A2.5 2.5 0 0 1 3 9.5L5 7.5" />
      </button>
      <button
        type="button"
        class="tool-button"
        data-testid="help-button"
        aria-label="Help"
        title="How to read this page (?)"
        onClick={store.toggleHelp}
      >
        ?
      </button>
    </div>
  );
}

function ToolIcon({ path }: { path: string }) {
  return (
    <svg class="tool-icon" width="16" height="16" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}

async function copyLink(store: Store): Promise<void> {
  const address = store.address();
  const copied = await copyText(address);
  store.tell(
    copied
      ? "Link copied: it opens this run, tensor and view as you see them."
      : `The browser does not let pages copy. The link is: ${address}`,
  );
}

function ExportMenu({ store }: { store: Store }) {
  return (
    <Opener
      within="picker"
      class="tool-button"
      data-testid="export"
      disabled={store.rows.value.length === 0}
      aria-label="Export"
      title="Export: take the table along"
      label={<ToolIcon path="M8 2.5v7M5 7l3 3 3-3M3 11v2.5h10V11" />}
    >
      {(close) => <ExportItems store={store} close={close} />}
    </Opener>
  );
}

interface ItemsProps {
  store: Store;
  close: () => void;
}

const inRun = () => import("../table/export");
const inRuns = () => import("../runs/export");
const inSteps = () => import("../detail/export");

/** What takes tables and pictures along, fetched before the server may be away. */
export function prepareExports(): void {
  const all = [inRun(), inRuns(), inSteps(), import("../charts/picture")];
  // What is missing is asked for again where it is used, and said there.
  for (const each of all) each.catch(() => {});
}

function ExportItems({ store, close }: ItemsProps) {
  const item = (testid: string, name: string, act: () => Promise<string>) => (
    <MenuItem
      testid={testid}
      name={name}
      act={() => {
        close();
        act().then(store.tell, () => store.tell("Nothing was exported: the page is incomplete."));
      }}
    />
  );
  const files = (what: string, save: (format: TableFile) => Promise<string>) => [
    item(`export-${what}-csv`, "CSV", () => save("csv")),
    item(`export-${what}-json`, "JSON", () => save("json")),
  ];
  const besides = store.comparedRuns.value.length;
  const compared = store.view.value === "runs" && besides > 1;
  const shown = compared
    ? `${plural(besides, "run")} compared`
    : plural(store.shownRows.value.length, "tensor");
  const tag = store.seriesData.value?.tag;
  return (
    <div class="popover menu">
      <p class="menu-heading">{`What is shown: ${shown}`}</p>
      {files("shown", async (format) =>
        compared
          ? (await inRuns()).saveComparison(store, format)
          : (await inRun()).saveTable(store, format, false),
      )}
      {item("copy-markdown", "Copy as Markdown table", async () =>
        compared ? (await inRuns()).copyComparison(store) : (await inRun()).copyMarkdown(store),
      )}
      <p class="menu-heading">{everything(store)}</p>
      {files("all", async (format) => (await inRun()).saveTable(store, format, true))}
      {tag !== undefined && (
        <p class="menu-heading" title={tag}>
          This tensor, every step
        </p>
      )}
      {tag !== undefined &&
        files("steps", async (format) => (await inSteps()).saveSteps(store, format))}
    </div>
  );
}

function everything(store: Store): string {
  const part = store.overview.value.data;
  return part && !part.complete
    ? `Measured so far: ${formatCount(part.measured)} of ${plural(part.of, "tensor")}`
    : `Everything in the run: ${plural(store.rows.value.length, "tensor")}`;
}
