"""Error pages: each says what happened, how to go on, and an id that stands in the log."""

import secrets
from collections.abc import Callable

import structlog
from flask import Flask, current_app, g, redirect, render_template, request, session
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError, ServiceUnavailable
from werkzeug.wrappers import Response

from eventapp.core.db import rollback
from eventapp.core.engine import is_busy
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.i18n import _, _l
from eventapp.core.log import logged_path
from eventapp.core.text import clean

log = structlog.get_logger()

Answer = tuple[str, int] | tuple[str, int, dict[str, str]]

# → where the page is that was asked for by an address that it has no more; none if it is nowhere
MOVED: list[Callable[[], str | None]] = []

TEXTS = {
    400: (_l("This request was not understood"), _l("Go back, reload the page and try again.")),
    401: (_l("You are not logged in any more"), _l("Log in in another tab, come back here and send again.")),
    403: (_l("This page is not for you"), _l("Ask an organizer for the right to see it.")),
    404: (_l("Nothing here"), _l("The address is wrong, or the page has gone, or it is not meant for you.")),
    405: (_l("This does not work that way"), _l("Go back and use the buttons of the page.")),
    409: (_l("Somebody was faster"), _l("Go back, reload the page and look at what has changed.")),
    410: (_l("This link is used up"), _l("Ask for a new one.")),
    413: (_l("That is too much at once"), _l("Send a smaller file or fewer rows.")),
    422: (_l("This was sent already"), _l("The same form was sent before with other contents. Open the page again.")),
    429: (_l("Too many tries"), _l("Wait a little, then try again.")),
    500: (_l("Something broke on our side"), _l("Nothing was saved. Try again, and tell us the number below.")),
    503: (_l("Too busy at the moment"), _l("Nothing was saved. Try again in a few seconds.")),
}


def error_page(
    code: int, *, title: str | None = None, text: str | None = None, hint: str | None = None, resend: bool = False
) -> str:
    """The HTML of an error page; with `resend` a button on it sends what was typed once more."""
    known_title, known_text = TEXTS.get(code, TEXTS[400 if code < 500 else 500])
    return render_template(
        "errors/error.html",
        code=code,
        title=title or known_title,
        text=text or known_text,
        hint=hint,
        error_id=g.get("request_id", ""),
        typed=_typed() if code in (400, 401) else [],
        resend_url=request.full_path.rstrip("?") if resend or code == 401 else None,
        log_in="_user_id" not in session,
    )


def _typed() -> list[tuple[str, str]]:
    """What the visitor had typed when the session ended, so that nothing is lost."""
    if request.method != "POST" or request.mimetype not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return []
    try:
        pairs = list(request.form.items(multi=True))
    except HTTPException:
        return []
    return [(clean(name), clean(value)) for name, value in pairs if "csrf" not in name and "password" not in name]


def _from_our_page() -> bool:
    """Whether the browser says that a page of ours has sent this form: what another site made up is not to be sent again."""
    said = request.headers.get("Sec-Fetch-Site")
    if said is not None:
        return said == "same-origin"
    return request.headers.get("Origin") in (request.host_url.rstrip("/"), current_app.config["BASE_URL"].rstrip("/"))


def init_errors(app: Flask) -> None:
    """Registers the error pages and the request id."""

    @app.before_request
    def number() -> None:
        g.request_id = secrets.token_hex(6)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Answer:
        code = error.code or 500
        if isinstance(error, SecurityError):
            # For a host that is not ours Flask makes no addresses, and our page is full of them.
            return "This site has another address.", code, {"Content-Type": "text/plain; charset=utf-8"}
        if code < 400:
            return error.get_response()  # type: ignore[return-value] # a redirect raised by routing
        headers = {k: v for k, v in error.get_headers() if k.lower() not in ("content-type", "content-length")}
        text = error.description if isinstance(error, RefusedPage) else None
        log.info("refused", status=code, path=logged_path(request.path), request_id=g.get("request_id"))
        return error_page(code, text=text), code, headers

    @app.errorhandler(CSRFError)
    def csrf_error(_error: CSRFError) -> Answer:
        text = _("Your session has changed since the page was opened. Check and send again.")
        return error_page(400, title=_("This form is too old"), text=text, resend=_from_our_page()), 400

    @app.errorhandler(NotFoundError)
    def not_found(_error: NotFoundError) -> Answer | Response:
        rollback()
        for ask in MOVED:
            if (address := ask()) is not None:
                # Not for good, since it may move back; and what was typed goes along.
                return redirect(address, 302 if request.method in ("GET", "HEAD") else 307)
        return error_page(404), 404

    @app.errorhandler(RuleError)
    def refused(error: RuleError) -> Answer:
        rollback()
        return error_page(error.status, title=error.message, text=_("Nothing was changed.")), error.status

    @app.errorhandler(OperationalError)
    def database_busy(error: OperationalError) -> Answer:
        rollback()
        log.exception("database", request_id=g.get("request_id"), path=logged_path(request.path))
        code = ServiceUnavailable.code if is_busy(error) else InternalServerError.code
        return error_page(code), code, {"Retry-After": "5"} if code == 503 else {}

    @app.errorhandler(DataError)
    def bad_value(error: DataError) -> Answer:
        rollback()
        log.warning("bad value", request_id=g.get("request_id"), path=logged_path(request.path), error=str(error.orig))
        return error_page(422, title=_("A value does not fit"), text=_("Go back and shorten or correct what you typed.")), 422

    @app.errorhandler(Exception)
    def broken(error: Exception) -> Answer:
        if app.config["PROPAGATE"]:
            raise error
        rollback()
        log.exception("error", request_id=g.get("request_id"), path=logged_path(request.path), method=request.method)
        return error_page(500), 500


class RefusedPage(HTTPException):
    """An HTTP error with a text of ours."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
