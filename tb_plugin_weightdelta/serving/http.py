"""A request becomes arguments, an answer becomes a response: parameters, JSON, files, errors.

Replies are encoded by orjson, which takes numpy arrays as they are and writes NaN
as null, and carry an ETag, so that a browser that asks again for what has not
changed gets an empty 304.
"""

import dataclasses
import functools
import hashlib
import mimetypes
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Final, TypeVar

import numpy as np
import orjson
from tensorboard import errors as tensorboard_errors
from tensorboard.backend import http_util
from werkzeug import exceptions, wrappers
from werkzeug.datastructures import Headers

from tb_plugin_weightdelta.core.errors import (
    BadParameter,
    NotInLogdir,
    TooLong,
    WeightDeltaError,
    told,
)
from tb_plugin_weightdelta.core.question import Thresholds
from tb_plugin_weightdelta.core.text import unicode_text
from tb_plugin_weightdelta.core.timings import Timings

# What every route that measures understands, and what those of whole runs do.
QUESTION: Final = ("baseline", *(field.name for field in dataclasses.fields(Thresholds)))
RUN_QUESTION: Final = (*QUESTION, "until")

# A path on Linux has at most 4,096 bytes, and a tag that is longer names nothing that a person
# would; three bytes of a query for each byte of a run and a tag fit twice.
LONGEST_VALUE: Final = 4_096  # characters
LONGEST_QUERY: Final = 32_768  # bytes, as sent

Route = Callable[[wrappers.Request], wrappers.Response]
WsgiApp = Callable[..., Any]
Word = TypeVar("Word", bound=str)

# A browser may keep an answer and ask whether it still holds; a proxy, which does not know who
# may read it, keeps none.
_CACHING: Final = "private, no-cache"

_LONGEST_NAME = 120  # characters of a file's name, its end among them
_LONGEST_METHOD = 20  # characters of one that an error repeats

_ENCODING = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS

PAGE_ROUTE: Final = "/static/*"
PAGE_ENTRY: Final = "/static/index.js"
_STATIC: Final = resources.files("tb_plugin_weightdelta") / "static"

# Asset names carry a hash of their content, and are nobody's secret: browsers and proxies may
# keep them for good.
_ASSETS: Final = "assets/"
_FOR_GOOD: Final = "public, max-age=31536000, immutable"


def arguments(
    request: wrappers.Request, required: Iterable[str] = (), optional: Iterable[str] = ()
) -> dict[str, str]:
    """The query parameters by name.

    Raises BadParameter for one that is missing, unknown, too long or given twice, TooLong for
    more than all of them can be.
    """
    if len(request.query_string) > LONGEST_QUERY:
        raise TooLong(f"The query is longer than {LONGEST_QUERY} bytes.")
    required = tuple(required)
    known = {*required, *optional}
    for name, values in request.args.lists():
        if name not in known:
            expected = ", ".join(sorted(known)) or "none"
            raise BadParameter(f"The parameter {told(name)} is unknown here; known: {expected}.")
        if len(values) > 1:
            raise BadParameter(f"The parameter {name!r} was given {len(values)} times.")
        if len(values[0]) > LONGEST_VALUE:
            raise BadParameter(f"The parameter {name!r} is longer than {LONGEST_VALUE} characters.")
    for name in required:
        # A tag may be the empty string; nothing else may.
        if not request.args.get(name) and not (name == "tag" and name in request.args):
            raise BadParameter(f"The parameter {name!r} is missing.")
    return dict(request.args.items())


def one_of(given: Mapping[str, str], name: str, allowed: Sequence[Word]) -> Word:
    """One of the allowed words, the first by default; raises BadParameter for another."""
    value = given.get(name, allowed[0])
    for word in allowed:
        if word == value:
            return word
    raise BadParameter(f"The parameter {name!r} is {told(value)}, not {' or '.join(allowed)}.")


@dataclass(frozen=True)
class Download:
    """A file for the user to keep; its name may hold any characters."""

    text: str
    content_type: str
    name: str


def json_route(answer: Callable[[wrappers.Request], Any], timings: Timings) -> WsgiApp:
    """Make a WSGI app of a function from request to a table."""

    def respond(request: wrappers.Request) -> wrappers.Response:
        table = answer(request)
        with timings.taken("encode"):
            content = encode(table)
        return content_response(request, content, "application/json")

    return _get_only(respond)


def download_route(answer: Callable[[wrappers.Request], Download]) -> WsgiApp:
    """Make a WSGI app of a function from request to a file to keep."""

    def respond(request: wrappers.Request) -> wrappers.Response:
        file = answer(request)
        response = content_response(request, file.text.encode(), file.content_type)
        # No name that a header, a shell or a file system could trip over.
        safe = re.sub(r"[^A-Za-z0-9._-]+", "_", file.name)[-_LONGEST_NAME:].lstrip("._-")
        response.headers["Content-Disposition"] = f'attachment; filename="{safe or "export"}"'
        return response

    return _get_only(respond)


def _get_only(route: Route) -> WsgiApp:
    """Make a WSGI app of a route that answers GET and HEAD only.

    What it raises on purpose becomes a sentence and a status.
    """

    @functools.wraps(route)
    def respond(request: wrappers.Request) -> wrappers.Response:
        if request.method not in ("GET", "HEAD"):
            method = request.method[:_LONGEST_METHOD]
            response = error_response(request, 405, f"{method} is not allowed here, only GET.")
            response.headers["Allow"] = "GET, HEAD"
            return response
        try:
            return route(request)
        except WeightDeltaError as error:
            return error_response(request, error.status, str(error))
        except tensorboard_errors.PublicError as error:
            return error_response(request, error.http_code, str(error))
        except exceptions.HTTPException as error:  # what werkzeug cannot parse
            status = error.code or HTTPStatus.BAD_REQUEST
            return error_response(request, status, error.description or HTTPStatus(status).phrase)

    app: WsgiApp = wrappers.Request.application(respond)
    return app


def encode(table: Any) -> bytes:
    """A table of plain values and numpy arrays as JSON; NaN and infinities become null.

    A name that is no Unicode, as that of a folder can be, is told with replacement characters.
    """
    try:
        return orjson.dumps(table, option=_ENCODING, default=_contiguous)
    except orjson.JSONEncodeError:
        return orjson.dumps(_as_unicode(table), option=_ENCODING, default=_contiguous)


def _as_unicode(value: Any) -> Any:
    """The value with every lone surrogate in its text replaced."""
    if isinstance(value, str):
        return unicode_text(value)
    if isinstance(value, dict):
        return {_as_unicode(key): _as_unicode(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_as_unicode(each) for each in value]
    return value


def _contiguous(value: Any) -> Any:
    """What orjson cannot take as it is: views of arrays, columns among them."""
    if isinstance(value, np.ndarray):
        return np.ascontiguousarray(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def content_response(
    request: wrappers.Request, content: bytes, content_type: str
) -> wrappers.Response:
    """The content with an ETag, compressed where the client accepts it; 304 when it has it."""
    response = http_util.Respond(request, content, content_type)
    response.set_etag(hashlib.blake2b(content, digest_size=16).hexdigest(), weak=True)
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = _CACHING
    conditional: wrappers.Response = response.make_conditional(request)
    if conditional.status_code == HTTPStatus.NOT_MODIFIED:
        return _NotModified(status=conditional.status_code, headers=conditional.headers)
    return conditional


class _NotModified(wrappers.Response):
    """A 304 that keeps its Content-Type: without one TensorBoard writes a warning, each time."""

    def get_wsgi_headers(self, environ: dict[str, Any]) -> Headers:
        headers = super().get_wsgi_headers(environ)
        headers["Content-Type"] = self.headers["Content-Type"]
        return headers


def error_response(request: wrappers.Request, status: int, sentence: str) -> wrappers.Response:
    """An error as ``{"error": sentence}``."""
    body = encode({"error": sentence})
    response: wrappers.Response = http_util.Respond(request, body, "application/json", code=status)
    response.headers["Cache-Control"] = _CACHING
    return response


def page_route(folder: Traversable = _STATIC) -> WsgiApp:
    """A WSGI app for everything below ``/static/``."""
    files = _files_below(folder)

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

    return _get_only(serve)


def _files_below(folder: Traversable, prefix: str = "") -> dict[str, Traversable]:
    """Every file by its relative name: a request can only ever pick one of these."""
    files: dict[str, Traversable] = {}
    for entry in folder.iterdir() if folder.is_dir() else ():
        if entry.is_dir():
            files |= _files_below(entry, f"{prefix}{entry.name}/")
        else:
            files[prefix + entry.name] = entry
    return files
