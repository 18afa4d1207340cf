import { MenuItem } from "../charts/figure-menu";
import { copyText } from "../clipboard";
import { usePopover } from "../controls/popover";
import type { TableFile } from "../export/run-files";
import { plural } from "../format";
import type { Store } from "../state";

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
  const { open, toggle, close, box, button } = usePopover();
  const run = (act: () => Promise<string>) => () => {
    close();
    void act().then(store.tell, () => store.tell("Nothing was exported: the page is incomplete."));
  };
  const save = (format: TableFile, all: boolean) =>
    run(async () => (await import("../export/run-files")).saveTable(store, format, all));
  const saveSteps = (format: TableFile) =>
    run(async () => (await import("../export/step-files")).saveSteps(store, format));
  const tag = store.seriesData.value?.tag;
  const [shown, all] = [store.shownRows.value.length, store.rows.value.length];
  return (
    <div class="picker" ref={box}>
      <button
        ref={button}
        type="button"
        class="tool-button"
        data-testid="export"
        aria-expanded={open}
        disabled={all === 0}
        title="Take the table along"
        onClick={toggle}
      >
        Export
      </button>
      {open && (
        <div class="popover menu">
          <p class="menu-heading">{`What is shown: ${plural(shown, "tensor")}`}</p>
          <MenuItem testid="export-shown-csv" name="CSV" act={save("csv", false)} />
          <MenuItem testid="export-shown-json" name="JSON" act={save("json", false)} />
          <MenuItem
            testid="copy-markdown"
            name="Copy as Markdown table"
            act={run(async () => (await import("../export/run-files")).copyMarkdown(store))}
          />
          <p class="menu-heading">{`Everything in the run: ${plural(all, "tensor")}`}</p>
          <MenuItem testid="export-all-csv" name="CSV" act={save("csv", true)} />
          <MenuItem testid="export-all-json" name="JSON" act={save("json", true)} />
          {tag !== undefined && (
            <>
              <p class="menu-heading" title={tag}>
                This tensor, every step
              </p>
              <MenuItem testid="export-steps-csv" name="CSV" act={saveSteps("csv")} />
              <MenuItem testid="export-steps-json" name="JSON" act={saveSteps("json")} />
            </>
          )}
        </div>
      )}
    </div>
  );
}
