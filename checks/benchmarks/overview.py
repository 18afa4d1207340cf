"""The ``overview`` route, cold and warm, beside what TensorBoard does with the same series."""

import statistics
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from tensorboard.context import RequestContext
from tensorboard.data.provider import RunTagFilter
from tensorboard.plugins.distribution.distributions_plugin import DistributionsPlugin
from werkzeug.test import Client

from checks.benchmarks.logdirs import logdir, tag_names, write_run
from checks.benchmarks.providers import HISTOGRAMS, PROVIDERS, Loaded
from checks.benchmarks.table import Row, times_as_long, times_faster
from checks.benchmarks.timing import medians, seconds
from tb_plugin_weightdelta.reading import first_step
from tb_plugin_weightdelta.reading import run as reading
from tb_plugin_weightdelta.serving.plugin import WeightDeltaPlugin

RUNS, TAGS, STEPS = 4, 100, 500
ROUNDS = 3
WARM_ROUNDS = 20
LEGACY_STEPS = 60
SUMS_ROUNDS = 9
_NAMES = [f"run{number}" for number in range(RUNS)]

NOTES = (
    "overview: whole routes are compared, each called in this process as a WSGI request without "
    "compression: parsing, reading, measuring and JSON on both sides; TensorBoard's sends one "
    "series at a time. Cold means a new plugin, so the first steps are read from the event files "
    "as well. The provider's side is one `read_tensors` call for each run.",
)


def rows() -> list[Row]:
    """All rows, through each provider."""
    with logdir(RUNS, TAGS, STEPS) as folder:
        last_steps = dict.fromkeys(_NAMES, STEPS - 1)
        found: list[Row] = []
        for start in PROVIDERS:
            loaded = start(folder)
            loaded.until(last_steps)
            found += _cold_and_warm(loaded)
            found.append(_after_growth(loaded, folder, last_steps))
    return [*found, _with_sums()]


def _with_sums() -> Row:
    """What it costs to read, believe and use what legacy writers summed."""
    with TemporaryDirectory() as folder:
        write_run(Path(folder) / "legacy", TAGS, 0, LEGACY_STEPS, legacy=True)
        loaded = PROVIDERS[0](Path(folder))
        loaded.until({"legacy": LEGACY_STEPS - 1})

        def ask() -> None:
            _asked(_plugin(loaded), "legacy")

        def ask_without() -> None:
            no_ends = patch.object(first_step, "read_ends", lambda *_: {})
            with no_ends, patch.object(reading, "with_sums", lambda series, _: series):
                ask()

        taken = medians({"with": ask, "without": ask_without}, SUMS_ROUNDS)
    return times_as_long(
        f"{loaded.name}: cold overview of {TAGS} legacy tensors x {LEGACY_STEPS} steps with exact "
        "sums, beside one without",
        *(1e3 * taken["with"], 1e3 * taken["without"], "ms", 1.15),
    )


def _cold_and_warm(loaded: Loaded) -> list[Row]:
    size = f"{RUNS} runs x {TAGS} tensors x {STEPS} steps"
    ours, reading, routes = _cold(loaded)
    warm = _warm(loaded)
    return [
        times_as_long(
            f"{loaded.name}: cold overview of {size}, beside its own `read_tensors`",
            *(RUNS * ours, RUNS * reading, "s", 1.3),
        ),
        times_faster(
            f"{loaded.name}: the same, beside TensorBoard's Distributions routes",
            *(RUNS * ours, RUNS * routes, "s", 4.0),
        ),
        times_faster(
            f"{loaded.name}: warm overview of the same, beside a cold one",
            *(1e3 * warm, 1e3 * RUNS * ours, "ms", 50.0),
        ),
    ]


def _cold(loaded: Loaded) -> tuple[float, float, float]:
    """Median seconds per run: our route, the provider's reading, TensorBoard's routes."""
    ours, reading, routes = [], [], []
    for number in range(ROUNDS):
        for run in _NAMES:
            ours.append(seconds(lambda run=run: _asked(_plugin(loaded), run)))
            reading.append(seconds(lambda run=run: _read(loaded, run)))
        run = _NAMES[number % RUNS]
        routes.append(seconds(lambda run=run: _distributions(loaded, run)))
    return statistics.median(ours), statistics.median(reading), statistics.median(routes)


def _warm(loaded: Loaded) -> float:
    """Median seconds for all runs when nothing is new."""
    plugin = _plugin(loaded)
    _ask_all(plugin)
    return statistics.median(seconds(lambda: _ask_all(plugin)) for _ in range(WARM_ROUNDS))


def _after_growth(loaded: Loaded, folder: Path, last_steps: dict[str, int]) -> Row:
    """Which runs are read again after one of them grew by a step; counts it in ``last_steps``."""
    plugin, grown = _plugin(loaded), _NAMES[0]
    reads = loaded.provider.reads
    reads.clear()
    cold = seconds(lambda: _ask_all(plugin))
    cold_calls = reads.total()
    last_steps[grown] += 1
    write_run(folder / grown, TAGS, last_steps[grown], 1)
    loaded.until(last_steps)
    reads.clear()
    again = seconds(lambda: _ask_all(plugin))
    return Row(
        f"{loaded.name}: overview of all runs after one grew, beside a cold one",
        f"{again:.3g} s, {reads.total()} `read_tensors` calls",
        f"{cold:.3g} s, {cold_calls} calls",
        f"{len(reads)} of {RUNS} runs read again",
        "only the run that grew",
        list(reads) == [grown],
    )


def _plugin(loaded: Loaded) -> Client:
    return Client(WeightDeltaPlugin(loaded.context).get_plugin_apps()["/overview"])


def _ask_all(plugin: Client) -> None:
    for run in _NAMES:
        _asked(plugin, run)


def _asked(plugin: Client, run: str) -> None:
    _get(plugin, {"run": run})


def _read(loaded: Loaded, run: str) -> None:
    loaded.provider.read_tensors(
        RequestContext(),
        experiment_id="",
        plugin_name=HISTOGRAMS,
        downsample=2**31 - 1,
        run_tag_filter=RunTagFilter(runs=[run]),
    )


def _distributions(loaded: Loaded, run: str) -> None:
    client = Client(DistributionsPlugin(loaded.context).get_plugin_apps()["/distributions"])
    for tag in tag_names(TAGS):
        _get(client, {"run": run, "tag": tag})


def _get(client: Client, query: dict[str, str]) -> None:
    response = client.get("/", query_string=query)
    if response.status_code != 200:
        raise RuntimeError(f"{query}: {response.status} {response.get_data(as_text=True)}")
    response.get_data()
