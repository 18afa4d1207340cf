"""A real nginx with a site of ``deploy/nginx``, on loopback, ended by its process id."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from demo.serve import any_free_port
from tests.support.places import ROOT

SITES: Final = ROOT / "deploy" / "nginx"
USER: Final = "somebody"
PASSWORD: Final = "s3cret"
_START_SECONDS: Final = 30
_UNCHANGED: Final = MappingProxyType[str, str]({})

# What a distribution's own nginx.conf says, as far as it matters here.
_AROUND: Final = """
user {user};
worker_processes 1;
pid nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path temporary/body;
    proxy_temp_path temporary/proxy;
    fastcgi_temp_path temporary/fastcgi;
    uwsgi_temp_path temporary/uwsgi;
    scgi_temp_path temporary/scgi;
    include site.conf;
}}
"""


class Nginx:
    """nginx with one site before the server on ``upstream``, a port."""

    def __init__(
        self, site: str, upstream: int, folder: Path, changes: Mapping[str, str] = _UNCHANGED
    ) -> None:
        """``changes`` of the site's text, for a test of what it must not be."""
        self.port = any_free_port()
        _lay_out(folder)
        (folder / "site.conf").write_text(_placed(site, self.port, upstream, folder, changes))
        self._log = folder / "log.txt"
        with self._log.open("wb") as stderr:
            self._process = subprocess.Popen(
                [*_command(folder), "-g", "daemon off;"], stdout=stderr, stderr=stderr
            )
        self._wait_until_it_listens()

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)

    def _wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError(f"nginx did not start:\n{self._log.read_text()}")


def _command(folder: Path) -> list[str]:
    path = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    assert path, "nginx is missing: `make nginx` installs it."
    return [path, "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]


def _lay_out(folder: Path) -> None:
    """The folder as /etc/nginx is: the files of ``deploy/nginx``, and who may come in."""
    shutil.copytree(SITES, folder)
    (folder / "temporary").mkdir()
    user = pwd.getpwuid(os.getuid()).pw_name
    (folder / "nginx.conf").write_text(_AROUND.format(user=user))
    (folder / "tensorboard.users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")


def _placed(site: str, port: int, upstream: int, folder: Path, changes: Mapping[str, str]) -> str:
    """A site's text for this place: its two ports and the folder of its cache."""
    text = (SITES / site).read_text()
    here = {
        "listen 80;": f"listen 127.0.0.1:{port};",
        "server 127.0.0.1:6006;": f"server 127.0.0.1:{upstream};",
        "/var/cache/nginx-tensorboard": str(folder / "cache"),
    }
    for theirs, ours in {**here, **changes}.items():
        assert text.count(theirs) == 1, f"{site} says {theirs!r} {text.count(theirs)} times"
        text = text.replace(theirs, ours)
    return text
