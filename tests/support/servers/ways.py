"""Every way in which TensorBoard is started, by name."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.servers.tensorboard_process import PYTHON, RUST, TensorBoard

AS_MODULE: Final = ("-m", "tensorboard.main")

# As other programs start it, https://www.tensorflow.org/tensorboard has it so.
_PROGRAM: Final = """
import signal, sys
from tensorboard import program, version
board = program.TensorBoard()
board.configure(argv=[None, *sys.argv[1:]])
print(f"TensorBoard {version.VERSION} at {board.launch()}", file=sys.stderr, flush=True)
signal.pause()
"""

_NOTEBOOK: Final = """
import os, shlex, signal, sys
from IPython.core.interactiveshell import InteractiveShell
from tensorboard import manager, version
shell = InteractiveShell.instance()
shell.run_line_magic("load_ext", "tensorboard")
shell.run_line_magic("tensorboard", shlex.join(sys.argv[1:]))
[board] = manager.get_all()
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
address = f"http://127.0.0.1:{board.port}/"
print(f"TensorBoard {version.VERSION} at {address}", file=sys.stderr, flush=True)
try:
    signal.pause()
finally:
    os.kill(board.pid, signal.SIGTERM)
"""

_OTHER_PLUGIN: Final = """
from tensorboard.plugins.base_plugin import FrontendMetadata, TBPlugin
class Other(TBPlugin):
    plugin_name = "another"
    def get_plugin_apps(self): return {}
    def is_active(self): return True
    def frontend_metadata(self): return FrontendMetadata(es_module_path="/index.js")
"""


@dataclass(frozen=True)
class Way:
    """Flags and a script, and the prefix that it gives the names of runs."""

    flags: tuple[str, ...] = ()
    start: tuple[str, ...] = AS_MODULE
    run_prefix: str = ""
    has_other_plugin: bool = False


LOADER_WAYS: Final = {
    flag.removeprefix("--"): Way((flag,)) for flag in (RUST, PYTHON, "--load_fast=auto")
}

WAYS: Final = {
    **LOADER_WAYS,
    "logdir_spec": Way(("--logdir_spec=here:{logdir}",), run_prefix="here/"),
    "reload_multifile": Way((PYTHON, "--reload_multifile=true")),
    "path_prefix": Way(("--path_prefix=/team/board",)),
    "samples_per_plugin": Way(("--samples_per_plugin=histograms=700,scalars=3",)),
    "beside another plugin": Way(has_other_plugin=True),
    "program API": Way(start=("-c", _PROGRAM)),
    "notebook": Way(start=("-c", _NOTEBOOK)),
}


def started(
    way: Way, logdir: Path, folder: Path, python: str = sys.executable, more: Sequence[str] = ()
) -> TensorBoard:
    """A TensorBoard that was started in this way; what it needs besides is in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    # Where TensorBoard notes what runs on this machine: here, no other.
    env = {"TMPDIR": str(folder), "TENSORBOARD_BINARY": str(Path(python).with_name("tensorboard"))}
    if way.has_other_plugin:
        paths = [str(_with_other_plugin(folder)), *filter(None, [os.environ.get("PYTHONPATH")])]
        env["PYTHONPATH"] = os.pathsep.join(paths)
    flags = [flag.format(logdir=logdir) for flag in way.flags]
    return TensorBoard(
        logdir, *flags, *more, env=env, python=python, start=way.start, log=folder / "log.txt"
    )


def _with_other_plugin(folder: Path) -> Path:
    """A folder that is installed as a distribution with a plugin."""
    place = folder / "packages"
    about = place / "another-1.0.dist-info"
    about.mkdir(parents=True)
    (place / "another.py").write_text(_OTHER_PLUGIN)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: another\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[tensorboard_plugins]\nanother = another:Other\n")
    return place
