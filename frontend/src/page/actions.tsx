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
        title="Copies the address of what you see"
        onClick={() => void copyLink(store)}
      >
        Copy link
      </button>
      <button
        type="button"
        class="tool-button"
        data-testid="help-button"
        aria-label="Help"
        title="What the words mean (?)"
        onClick={store.toggleHelp}
      >
        ?
      </button>
    </div>
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
      title="Take the table along"
      label="Export"
    >
      {(close) => <ExportItems store={store} close={close} />}
    </Opener>
  );
}

function ExportItems({ store, close }: { store: Store; close: () => void }) {
  const run = (act: () => Promise<string>) => () => {
    close();
    void act().then(store.tell, () => store.tell("Nothing was exported: the page is incomplete."));
  };
  const severalRuns = store.view.value === "runs" && store.comparedRuns.value.length > 1;
  return (
    <div class="popover menu">
      {severalRuns ? (
        <ComparisonItems store={store} run={run} />
      ) : (
        <ShownItems store={store} run={run} />
      )}
      <EverythingItems store={store} run={run} />
    </div>
  );
}

interface ItemsProps {
  store: Store;
  /** Closes the menu, does it, and tells how it went. */
  run: (act: () => Promise<string>) => () => void;
}

const MARKDOWN = "Copy as Markdown table";
const runFiles = () => import("../table/export");
const comparisonFiles = () => import("../runs/export");
const stepFiles = () => import("../detail/export");

function ShownItems({ store, run }: ItemsProps) {
  return (
    <SightItems
      heading={plural(store.shownRows.value.length, "tensor")}
      save={(format) => run(async () => (await runFiles()).saveTable(store, format, false))}
      copy={run(async () => (await runFiles()).copyMarkdown(store))}
    />
  );
}

function ComparisonItems({ store, run }: ItemsProps) {
  return (
    <SightItems
      heading={`${plural(store.comparedRuns.value.length, "run")} compared`}
      save={(format) => run(async () => (await comparisonFiles()).saveComparison(store, format))}
      copy={run(async () => (await comparisonFiles()).copyComparison(store))}
    />
  );
}

interface SightProps {
  heading: string;
  save: (format: TableFile) => () => void;
  copy: () => void;
}

/** What can be done with what is in sight. */
function SightItems({ heading, save, copy }: SightProps) {
  return (
    <>
      <p class="menu-heading">{`What is shown: ${heading}`}</p>
      <MenuItem testid="export-shown-csv" name="CSV" act={save("csv")} />
      <MenuItem testid="export-shown-json" name="JSON" act={save("json")} />
      <MenuItem testid="copy-markdown" name={MARKDOWN} act={copy} />
    </>
  );
}

function everything(store: Store): string {
  const part = store.overview.value.data;
  return part && !part.complete
    ? `Measured so far: ${formatCount(part.measured)} of ${plural(part.of, "tensor")}`
    : `Everything in the run: ${plural(store.rows.value.length, "tensor")}`;
}

function EverythingItems({ store, run }: ItemsProps) {
  const save = (format: TableFile) =>
    run(async () => (await runFiles()).saveTable(store, format, true));
  const saveSteps = (format: TableFile) =>
    run(async () => (await stepFiles()).saveSteps(store, format));
  const tag = store.seriesData.value?.tag;
  return (
    <>
      <p class="menu-heading">{everything(store)}</p>
      <MenuItem testid="export-all-csv" name="CSV" act={save("csv")} />
      <MenuItem testid="export-all-json" name="JSON" act={save("json")} />
      {tag !== undefined && (
        <>
          <p class="menu-heading" title={tag}>
            This tensor, every step
          </p>
          <MenuItem testid="export-steps-csv" name="CSV" act={saveSteps("csv")} />
          <MenuItem testid="export-steps-json" name="JSON" act={saveSteps("json")} />
        </>
      )}
    </>
  );
}
