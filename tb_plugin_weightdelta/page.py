"""Serves the built page: the entry module and its hashed assets, nothing else."""

import mimetypes
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

from werkzeug import wrappers

from tb_plugin_weightdelta.errors import NotInLogdir, told
from tb_plugin_weightdelta.replies import WsgiApp, content_response, error_response, get_only

ROUTE: Final = "/static/*"
ENTRY: Final = "/static/index.js"

# Asset names carry a hash of their content, and are nobody's secret: browsers and proxies may
# keep them for good.
_ASSETS: Final = "assets/"
_FOR_GOOD: Final = "public, max-age=31536000, immutable"


def page_route() -> WsgiApp:
    """A WSGI app for everything below ``/static/``."""
    files = _files_below(resources.files("tb_plugin_weightdelta") / "static")

    def serve(request: wrappers.Request) -> wrappers.Response:
        name = request.path.partition("/static/")[2]
        if name not in files:
            return error_response(
                request, NotInLogdir.status, f"There is no file {told(name)} here."
            )
        try:
            content = files[name].read_bytes()
        except OSError:
            gone = f"The file {name!r} is gone: the plugin was replaced, restart TensorBoard."
            return error_response(request, NotInLogdir.status, gone)
        content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        response = content_response(request, content, content_type)
        if name.startswith(_ASSETS):
            response.headers["Cache-Control"] = _FOR_GOOD
            response.headers.pop("Expires", None)
        return response

    return get_only(serve)


def _files_below(folder: Traversable, prefix: str = "") -> dict[str, Traversable]:
    """Every file by its relative name: a request can only ever pick one of these."""
    files: dict[str, Traversable] = {}
    for entry in folder.iterdir() if folder.is_dir() else ():
        if entry.is_dir():
            files |= _files_below(entry, f"{prefix}{entry.name}/")
        else:
            files[prefix + entry.name] = entry
    return files
