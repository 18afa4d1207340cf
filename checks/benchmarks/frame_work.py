"""What a frame costs the page itself, from a trace of Chromium."""

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, Page

_CATEGORIES = ["devtools.timeline", "toplevel", "cc"]
_THREAD = "CrRendererMain"
_FRAME = "ProxyMain::BeginMainFrame"


def worst_frame_work(browser: Browser, page: Page, act: Callable[[], object]) -> float:
    """Milliseconds of processor time of the costliest frame while something is done."""
    browser.start_tracing(page=page, categories=_CATEGORIES)
    act()
    events = json.loads(browser.stop_tracing())["traceEvents"]
    threads = {_thread(each) for each in events if _is_name(each)}
    return max(
        float(each.get("tdur", 0)) / 1000
        for each in events
        if each["name"] == _FRAME and _thread(each) in threads
    )


def _is_name(event: dict[str, Any]) -> bool:
    return bool(event["name"] == "thread_name" and event["args"]["name"] == _THREAD)


def _thread(event: dict[str, Any]) -> tuple[int, int]:
    return event["pid"], event["tid"]
