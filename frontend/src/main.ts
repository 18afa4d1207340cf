/**
 * The entry that TensorBoard imports. It stays tiny: whatever fails further in, the tab shows a
 * sentence and a way out, never a blank page.
 */
export async function render(): Promise<void> {
  const entry = import.meta.url;
  document.title = "Weight Delta";
  document.documentElement.lang = "en";
  const root = document.createElement("div");
  root.id = "weight-delta";
  document.body.append(root);
  try {
    // static/index.js lies one folder below the data routes, under any path prefix.
    const { start } = await import("./app");
    start(root, new URL("..", entry));
  } catch (error) {
    showFailure(root, error);
  }
}

function showFailure(root: HTMLElement, error: unknown): void {
  const heading = document.createElement("h1");
  heading.textContent = "Weight Delta could not start";
  const reason = document.createElement("p");
  reason.textContent = error instanceof Error ? error.message : String(error);
  const advice = document.createElement("p");
  advice.textContent =
    "TensorBoard may have been stopped or upgraded since this tab was opened. Your logs are untouched.";
  const retry = document.createElement("button");
  retry.textContent = "Load again";
  retry.addEventListener("click", () => location.reload());
  root.dataset.testid = "error-state";
  root.style.cssText =
    "font:14px/1.5 system-ui,sans-serif;padding:32px;min-height:100vh;box-sizing:border-box;margin:-8px;background:#fff;color:#1f2328";
  root.replaceChildren(heading, reason, advice, retry);
}
