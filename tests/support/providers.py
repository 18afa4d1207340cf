"""A data provider without logs, and answers on it."""

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from tensorboard.context import RequestContext
from tensorboard.plugins.histogram import metadata as histogram_metadata

from tb_plugin_weightdelta.answering.answers import Answers
from tb_plugin_weightdelta.core.cache import Cache
from tb_plugin_weightdelta.core.question import Question
from tb_plugin_weightdelta.core.timings import Timings
from tb_plugin_weightdelta.reading.provider import Provider
from tb_plugin_weightdelta.reading.run import LogReader
from tests.support.cases import NORMAL
from tests.support.event_logs import tf2_rows

CTX = RequestContext()
PLAIN = Question()
CONTENT = histogram_metadata.create_summary_metadata(None, None).plugin_data.content


class GrowingProvider:
    """Runs of tags that move by 0.01 with each step, and a count of what was read."""

    def __init__(self, **runs: list[str]) -> None:
        self.steps = dict.fromkeys(runs, 3)
        self.tags = dict(runs)
        self.reads: list[tuple[str, str]] = []
        self.hold = threading.Event()
        self.hold.set()
        self.before_reading: Callable[[], None] = lambda: None

    def list_tensors(self, ctx: Any, *, plugin_name: str, run_tag_filter: Any, **_: Any) -> Any:
        if plugin_name != "histograms":
            return {}
        found = {}
        for run, tags in self.tags.items():
            if run_tag_filter is not None and run not in run_tag_filter.runs:
                continue
            wanted = run_tag_filter.tags if run_tag_filter is not None else None
            last = self.steps[run] - 1
            listed = SimpleNamespace(
                plugin_content=CONTENT, max_step=last, max_wall_time=float(last), description="d"
            )
            found[run] = {tag: listed for tag in tags if wanted is None or tag in wanted}
        return found

    def read_tensors(self, ctx: Any, *, run_tag_filter: Any, **_: Any) -> Any:
        self.hold.wait(10)
        self.before_reading()
        (run,) = run_tag_filter.runs
        self.reads += [(run, tag) for tag in sorted(run_tag_filter.tags)]
        data = [
            SimpleNamespace(step=step, wall_time=float(step), numpy=tf2_rows(NORMAL + 0.01 * step))
            for step in range(self.steps[run])
        ]
        return {run: dict.fromkeys(run_tag_filter.tags, data)}


def measurements(
    provider: GrowingProvider,
    series: int = 10**8,
    rows: int = 10**8,
    *,
    recent: float = 1.0,
    timings: Timings | None = None,
    **how: Any,
) -> tuple[Answers, tuple[Cache, Cache]]:
    """Answers with caches of so many bytes, and those; recent: how old lists may be, in seconds."""
    caches = Cache(series), Cache(rows)
    reader = LogReader(Provider(provider, recent_seconds=recent), cache=caches[0], **how)
    return Answers(reader, caches[1], timings), caches
