"""Before and after each request: read-only GETs, audiences, one-time keys, the log line."""

import io
import time
from typing import IO, Any

import structlog
from flask import Flask, Request, Response, g, redirect, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.wrappers import Response as BaseResponse

from eventapp.core.db import begin_reading
from eventapp.core.doors import Door, enter
from eventapp.core.forms import body_fingerprint
from eventapp.core.log import logged_path
from eventapp.core.once import hold, well_formed
from eventapp.core.saving import earlier_use
from eventapp.core.web.audiences import guard
from eventapp.core.web.errors import RefusedPage
from eventapp.core.web.headers import STATIC_ENDPOINTS

log = structlog.get_logger()


class FormParser(FormDataParser):
    """Limits the number of fields of an ordinary form as well; the library limits those of multipart forms only."""

    def _parse_urlencoded(self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str]) -> Any:
        body = stream.read()
        if self.max_form_parts is not None and body.count(b"&") >= self.max_form_parts:
            raise RequestEntityTooLarge
        return super()._parse_urlencoded(io.BytesIO(body), mimetype, content_length, options)


class LimitedRequest(Request):
    """A request whose forms have a limited number of fields."""

    form_data_parser_class = FormParser


def init_requests(app: Flask) -> None:
    """Registers the request path in its order."""
    app.request_class = LimitedRequest

    @app.before_request
    def begin() -> None:
        g.started = time.perf_counter()
        g.leave_door = enter(_door())
        g.end_reading = begin_reading()

    app.before_request(guard)

    @app.before_request
    def once() -> BaseResponse | None:
        """The same form again: the answer of the first time. The same key with other contents: refused."""
        if request.method != "POST" or "once_key" not in request.form:
            return None
        if well_formed(request.form["once_key"]):
            hold(request.form["once_key"])
        first = earlier_use(request.form["once_key"])
        if first is None:
            return None
        if first.body != body_fingerprint():
            raise RefusedPage(422, "The same form was sent before with other contents. Open the page again.")
        return redirect(first.location or request.full_path.rstrip("?"))

    @app.after_request
    def log_line(response: Response) -> Response:
        if request.endpoint not in STATIC_ENDPOINTS:
            log.info(
                "request",
                request_id=g.get("request_id"),
                method=request.method,
                path=logged_path(request.path),
                status=response.status_code,
                ms=round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
            )
        return response

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        for name in ("end_reading", "leave_door"):
            leave = g.pop(name, None)
            if leave is not None:
                leave()


def _door() -> Door:
    """A secret in the address is a link; else it is a page, or the API."""
    if "token" in (request.view_args or {}):
        return Door.LINK
    return Door.API if request.path.startswith("/api/") else Door.PAGE
