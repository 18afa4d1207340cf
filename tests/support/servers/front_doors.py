"""The ways to a TensorBoard that docs/deploy.md describes, each with the files of ``deploy``."""

import re
import shlex
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from tests.support.places import ROOT
from tests.support.servers.data_server import DataServer
from tests.support.servers.nginx_process import PASSWORD, USER, Nginx
from tests.support.servers.tensorboard_process import PYTHON, TensorBoard, value_of, without

GUNICORN: Final = ROOT / "deploy" / "gunicorn"
MOUNT: Final = "/tensorboard"

OpenBoard = Callable[..., TensorBoard]


class BehindNginx(TensorBoard):
    """A TensorBoard that only nginx talks to."""

    credentials = (USER, PASSWORD)

    def __init__(
        self,
        logdir: Path | None,
        *flags: str,
        site: str,
        log: Path,
        changes: Mapping[str, str] | None = None,
    ) -> None:
        own = value_of("path_prefix", flags)
        if site == "prefix-kept.conf":
            flags = (*without("path_prefix", flags), f"--path_prefix={MOUNT}{own}")
        super().__init__(logdir, *flags, log=log)
        port = urllib.parse.urlsplit(self.url).port
        assert port
        try:
            self._nginx = Nginx(site, port, log.with_suffix(".nginx"), changes or {})
        except BaseException:
            super().close()
            raise
        self.url = f"http://127.0.0.1:{self._nginx.port}{MOUNT}{own}/"

    def lose_server(self) -> None:
        """End TensorBoard; nginx goes on."""
        super().close()

    def close(self) -> None:
        self._nginx.close()
        super().close()


class BehindGunicorn(TensorBoard):
    """Two workers, each with TensorBoard's WSGI app below a sub-path, on one data server.

    Python's loader would read the logs in each worker at its own pace, so with it there is one.
    """

    _started = re.compile(r"Listening at: (http://\S+)")

    def __init__(self, logdir: Path | None, *flags: str, log: Path) -> None:
        # TensorBoard takes either a mount or a prefix of its own.
        self._mount = MOUNT + value_of("path_prefix", flags)
        flags = without("path_prefix", flags)
        self.data_server: DataServer | None = None
        if PYTHON not in flags and not value_of("grpc_data_provider", flags):
            samples = filter(None, ["weight_delta=1000", value_of("samples_per_plugin", flags)])
            self.data_server = DataServer(
                logdir,
                log.with_suffix(".data"),
                f"--reload={value_of('reload_interval', flags) or 1}",
                f"--samples-per-plugin={','.join(samples)}",
            )
            flags = (*without("load_fast", flags), self.data_server.flag)
        try:
            super().__init__(logdir, *flags, log=log)
        except BaseException:
            if self.data_server:
                self.data_server.kill()
            raise
        self.url += f"{self._mount}/".removeprefix("/")

    def command(self, python: str, flags: Sequence[str]) -> list[str]:
        workers = ["--workers=1"] if PYTHON in flags else []
        config = str(GUNICORN / "gunicorn.conf.py")
        return [python, "-m", "gunicorn", "-c", config, "--bind=127.0.0.1:0", *workers]

    def environment(self, flags: Sequence[str]) -> dict[str, str]:
        return {"TENSORBOARD_FLAGS": shlex.join(flags), "TENSORBOARD_MOUNT": self._mount}

    def lose_server(self) -> None:
        """End gunicorn; nothing listens any more."""
        super().close()

    def close(self) -> None:
        super().close()
        if self.data_server:
            self.data_server.kill()


# By what `pytest --front-door` calls them.
FRONT_DOORS: Final[Mapping[str, OpenBoard]] = {
    "nginx-kept": partial(BehindNginx, site="prefix-kept.conf"),
    "nginx-stripped": partial(BehindNginx, site="prefix-stripped.conf"),
    "gunicorn": BehindGunicorn,
}


def credentials_for(door: str | None) -> tuple[str, str] | None:
    """The user and password that a front door asks for, if it does."""
    return BehindNginx.credentials if door and door.startswith("nginx") else None
