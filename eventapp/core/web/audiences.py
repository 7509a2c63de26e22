"""Who a view is for. Every view names its audience; one that names none stops the app from starting."""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

View = TypeVar("View", bound=Callable[..., Any])

# Views that libraries bring along, with the audience that we give them.
LIBRARY_AUDIENCES = {"static": "public", "bootstrap.static": "public"}


class Audience:
    """A group of visitors, used as the decorator nearest to the view function.

    `admits` is asked for each request. A visitor who is not admitted gets the sign-in page when not signed in, and
    403 otherwise.
    """

    registry: dict[str, "Audience"] = {}  # noqa: RUF012 - one registry for the process, filled at import

    def __init__(self, name: str, admits: Callable[[], bool]) -> None:
        self.name = name
        self.admits = admits
        self.registry[name] = self

    def __call__(self, view: View) -> View:
        """Marks the view."""
        view.audience = self.name  # type: ignore[attr-defined] # the mark that the check below reads
        return view


def audience(name: str) -> Callable[[View], View]:
    """The audience of that name, for features that stand below the one that knows who belongs to it."""

    def mark(view: View) -> View:
        view.audience = name  # type: ignore[attr-defined] # the mark that the check below reads
        return view

    return mark


public = Audience("public", lambda: True)
signed_in = Audience("signed_in", lambda: bool(current_user.is_authenticated))


def belongs_to(name: str) -> bool:
    """Whether the visitor belongs to the audience of that name."""
    return Audience.registry[name].admits()


def audience_of(app: Flask, endpoint: str) -> str | None:
    """The audience that the view of `endpoint` named, or the one we gave a library's view."""
    return getattr(app.view_functions[endpoint], "audience", None) or LIBRARY_AUDIENCES.get(endpoint)


def may_open(endpoint: str) -> bool:
    """Whether the view of `endpoint` admits the visitor: pages ask before they show a link or a button to it."""
    name = audience_of(current_app, endpoint)
    return name is not None and Audience.registry[name].admits()


def safe_target(target: str | None) -> str | None:
    """`target` if it is a path on this site, else none: `//e`, `/\\e`, `https:e` and control characters leave it."""
    if not target or not target.startswith("/") or target.startswith("//"):
        return None
    if "\\" in target or any(ord(c) < 33 for c in target):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target


def guard() -> Response | None:
    """Before each request: refuses whoever the view is not for."""
    if request.endpoint is None:
        return None
    name = audience_of(current_app, request.endpoint)
    if name is None:
        abort(403)
    if Audience.registry[name].admits():
        return None
    if current_user.is_authenticated:
        abort(403)
    if request.method not in ("GET", "HEAD"):
        abort(401)
    return redirect(url_for("security.login", next=request.full_path.rstrip("?")))


def require_audiences(app: Flask) -> None:
    """Raises RuntimeError if a route names no audience. Called when the app is complete."""
    nameless = sorted({rule.endpoint for rule in app.url_map.iter_rules() if audience_of(app, rule.endpoint) is None})
    if nameless:
        raise RuntimeError(f"routes without an audience: {', '.join(nameless)}")
