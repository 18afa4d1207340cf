"""The Weight Delta tab in a browser: in a window of its own, or inside TensorBoard."""

import os
import shutil
from typing import ClassVar, Final, Literal
from urllib.parse import quote

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    FrameLocator,
    HttpCredentials,
    Locator,
    Page,
    Playwright,
)

CHROMIUM_FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A server of another name: only pages of the machine itself count as safe over plain http.
    "--host-resolver-rules=MAP *.test 127.0.0.1",
)

# TensorBoard's own bundle says these whatever tab is open: below a path prefix it looks for
# its fonts in the wrong place, and the page alone has no icon.
_TENSORBOARDS_OWN: Final = ("Three.js", ".woff2", "favicon.ico")


# What TensorBoard's own header takes of a window.
_HEADER: Final = 64  # pixels

_RELOAD: Final = "app-header-reload button"


def launched(playwright: Playwright) -> Browser:
    """Headless Chromium, as `make chromium` finds it or as CHROMIUM says."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    assert path, "Chromium is missing: `make chromium` installs it, or set CHROMIUM to its path."
    return playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))


# As somebody who once asked for the charts that few ask for; where there is no storage, nobody did.
_ALL_CHARTS: Final = "try { localStorage.setItem('weight-delta.more-charts', 'yes') } catch {}"


class Tab:
    """A browser window on the tab, and what its console complained about.

    framed: as a person meets it, in TensorBoard's page. That takes three times as long to open as
        the plugin's page alone, which is the same to all that does not ask TensorBoard.
    """

    # Who the person is, for a server that asks.
    credentials: ClassVar[tuple[str, str] | None] = None

    def __init__(
        self, browser: Browser, width: int = 1400, height: int = 900, *, framed: bool = False
    ) -> None:
        self.complaints: list[str] = []
        self.framed = framed
        self.url = ""
        self._context = browser.new_context(
            viewport={"width": width, "height": height if framed else height - _HEADER},
            http_credentials=self._signed_in(),
        )
        self._context.add_init_script(_ALL_CHARTS)
        self.page: Page = self._context.new_page()
        self.page.on("console", self._note_message)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))

    def open(self, url: str, **link: str) -> "Tab":
        """Open the tab of the TensorBoard at ``url``, with values of its deep link."""
        self.url = url
        values = [f"p.weight_delta.{key}={quote(value, '')}" for key, value in link.items()]
        if self.framed:
            self.page.goto(f"{url}#{'&'.join(['weight_delta', *values])}")
        else:
            self.page.goto(f"{url}data/plugin_entry.html?name=weight_delta#{'&'.join(values)}")
        return self

    @property
    def frame(self) -> FrameLocator | Page:
        """The plugin's page, wherever it is."""
        if not self.framed:
            return self.page
        return self.page.frame_locator("iframe[src*='name=weight_delta']")

    def set_theme(self, theme: Literal["light", "dark"]) -> None:
        """As TensorBoard's switch does it, or the system's where there is no TensorBoard."""
        if self.framed:
            change = "add" if theme == "dark" else "remove"
            self.page.evaluate(f"document.body.classList.{change}('dark-mode')")
        else:
            self.page.emulate_media(color_scheme=theme)

    def reload_data(self) -> None:
        """By TensorBoard's own button."""
        self.page.locator(_RELOAD).click()

    def part(self, testid: str) -> Locator:
        """An element of the tab by its ``data-testid``."""
        return self.frame.get_by_test_id(testid)

    def ask_why(self) -> Locator:
        """What the answer rests on, opened."""
        if self.part("explanation").count() == 0:
            self.part("why").click()
        return self.part("explanation")

    def row(self, tag: str) -> Locator:
        """The table's row of a tag."""
        return self.part("tensor-table").locator(f"[data-tag={quoted(tag)}]")

    def close(self) -> None:
        self._context.close()

    def _signed_in(self) -> HttpCredentials | None:
        if not self.credentials:
            return None
        user, password = self.credentials
        return {"username": user, "password": password}

    def _note_message(self, message: ConsoleMessage) -> None:
        said = f"{message.type}: {message.text} ({message.location})"
        if message.type in ("error", "warning") and not any(o in said for o in _TENSORBOARDS_OWN):
            self.complaints.append(said)


def quoted(text: str) -> str:
    """A CSS string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
