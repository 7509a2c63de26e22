"""Before and after each request: read-only GETs, audiences, one-time keys, the log line."""

import time

import structlog
from flask import Flask, Response, g, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from eventapp.core.db import begin_reading
from eventapp.core.forms import body_fingerprint
from eventapp.core.saving import earlier_use
from eventapp.core.web.audiences import guard
from eventapp.core.web.errors import RefusedPage
from eventapp.core.web.headers import STATIC_ENDPOINTS

log = structlog.get_logger()
READING = frozenset({"GET", "HEAD", "OPTIONS"})


def init_requests(app: Flask) -> None:
    """Registers the request path in its order."""

    @app.before_request
    def begin() -> None:
        g.started = time.perf_counter()
        if request.method in READING:
            g.end_reading = begin_reading()

    app.before_request(guard)

    @app.before_request
    def once() -> BaseResponse | None:
        """The same form again: the answer of the first time. The same key with other contents: refused."""
        if request.method != "POST" or "once_key" not in request.form:
            return None
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
                path=request.path,
                status=response.status_code,
                ms=round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
            )
        return response

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        end_reading = g.pop("end_reading", None)
        if end_reading is not None:
            end_reading()
