"""Take the README's pictures of the tab, in headless Chromium, from the demo logs.

Run from the project's root as ``python -m demo.screenshots`` (``make screenshots`` does).
"""

import tempfile
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Browser, expect, sync_playwright

from demo.large_models import gpt2, write_transformer
from tests.browser.tab import Tab, launched
from tests.support.servers.tensorboard_process import RUST, TensorBoard

# As TensorBoard shows it beside its charts: relative, whoever takes the pictures.
LOGS = Path("demo/logs")
PICTURES = Path(__file__).parent.parent / "docs" / "pictures"


def main() -> None:
    """Write every picture, each named after what it shows."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launched(playwright)
        with TensorBoard(LOGS, RUST, log=Path(folder) / "log.txt") as board:
            board.wait_until(lambda runs: len(runs) == 6 and runs[2]["last_step"] == 500)
            take(browser, board.url, "tab.png")
            take_exact(browser, board.url, "exact.png")
            take_rates(browser, board.url, "learning-rates.png")
            take_distributions(browser, board.url, "distributions.png")
        logs = Path(folder) / "transformers"
        write_transformer(logs / "gpt2", gpt2(), frozen=4)
        write_transformer(logs / "diverged", gpt2(), diverges=True)
        with TensorBoard(logs, RUST, log=Path(folder) / "large.txt") as board:
            board.wait_until(lambda runs: len(runs) == 2 and all(r["series"] == 148 for r in runs))
            take_large(browser, board.url, "map.png", run="gpt2", view="map")
            take_large(
                browser, board.url, "broken.png", run="diverged", view="heatmap", sort="verdict"
            )
        browser.close()


def take(browser: Browser, url: str, name: str) -> None:
    """The tab on the network of the question."""
    tab = Tab(browser, framed=True)
    tab.open(url, run="question", tag="local1_weights")
    expect(tab.part("chart-histogram").locator("svg")).to_be_visible()
    save(tab, name)


def take_large(browser: Browser, url: str, name: str, **link: str) -> None:
    """A transformer, with made-up values."""
    tab = Tab(browser, framed=True)
    tab.open(url, **link)
    expect(tab.part("chart-histogram").locator("svg")).to_be_visible()
    save(tab, name)


def take_exact(browser: Browser, url: str, name: str) -> None:
    """The same network with the recorder on: exact movement beside its floor."""
    tab = Tab(browser, framed=True)
    tab.open(url, run="question_exact", tag="weights_conv1", change="weights")
    expect(tab.part("chart-histogram").locator("svg")).to_be_visible()
    save(tab, name)


def take_rates(browser: Browser, url: str, name: str) -> None:
    """One network at three learning rates: how far its tensors moved in each."""
    tab = Tab(browser, framed=True)
    lead, *others = [f"torch_rates/lr-{rate}" for rate in ("1e-2", "1e-6", "1")]
    link = {"view": "runs", "y": "log", "with": ",".join(quote(run, "") for run in others)}
    tab.open(url, run=lead, tag="layer2.weight", **link)
    expect(tab.part("chart-runs").get_by_test_id("run-line")).to_have_count(3)
    expect(tab.part("chart-histogram").locator("svg").last).to_be_visible()
    save(tab, name)


def take_distributions(browser: Browser, url: str, name: str) -> None:
    """TensorBoard's own Distributions tab on the same run, where weights look flat."""
    tab = Tab(browser, framed=True)
    tab.page.goto(f"{url}#distributions&tagFilter=local1_&regexInput=question")
    expect(tab.page.locator("tf-distribution-loader svg").first).to_be_visible()
    save(tab, name)


def save(tab: Tab, name: str) -> None:
    """Wait until nothing moves any more, and write the picture."""
    tab.page.wait_for_load_state("networkidle")
    tab.page.wait_for_timeout(1000)
    tab.page.screenshot(path=PICTURES / name)
    tab.close()
    print(f"wrote {(PICTURES / name).relative_to(Path.cwd())}")


if __name__ == "__main__":
    main()
