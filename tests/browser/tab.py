"""The Weight Delta tab as a person meets it: inside TensorBoard, in its frame."""

from typing import ClassVar, Final
from urllib.parse import quote

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    FrameLocator,
    HttpCredentials,
    Locator,
    Page,
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
# its fonts in the wrong place.
_TENSORBOARDS_OWN: Final = ("Three.js", ".woff2")


class Tab:
    """A browser window on the tab, and what its console complained about."""

    # Who the person is, for a server that asks.
    credentials: ClassVar[tuple[str, str] | None] = None

    def __init__(self, browser: Browser, width: int = 1400, height: int = 900) -> None:
        self.complaints: list[str] = []
        self._context = browser.new_context(
            viewport={"width": width, "height": height}, http_credentials=self._signed_in()
        )
        self.page: Page = self._context.new_page()
        self.page.on("console", self._note_message)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))

    def open(self, url: str, **link: str) -> "Tab":
        """Open TensorBoard at ``url`` on the tab, with values of its deep link."""
        values = "".join(f"&p.weight_delta.{key}={quote(value, '')}" for key, value in link.items())
        self.page.goto(f"{url}#weight_delta{values}")
        return self

    @property
    def frame(self) -> FrameLocator:
        """The plugin's page inside TensorBoard's."""
        return self.page.frame_locator("iframe[src*='name=weight_delta']")

    def part(self, testid: str) -> Locator:
        """An element of the tab by its ``data-testid``."""
        return self.frame.get_by_test_id(testid)

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
