"""Headers of every response."""

from flask import Flask, Response, g, request
from flask_login import current_user

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)
# For pages whose buttons end at another site by a redirect: browsers hold the whole way of a form against the policy.
LEAVING_POLICY = CONTENT_SECURITY_POLICY.replace("form-action 'self'", "form-action 'self' https:")
ALWAYS = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Permissions-Policy", "camera=(self), geolocation=(), microphone=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
STATIC_ENDPOINTS = frozenset({"static", "bootstrap.static"})
# Anyone may see these and they are alike for all visitors, so a cache may keep them for a moment.
SHARED = "public, max-age="


def shareable(response: Response, *, fresh: int = 0, stale: int = 0) -> Response:
    """Marks a page without personal content, so that browsers and proxies may keep and revalidate it.

    For `fresh` seconds they need not ask again, and for `stale` more they may show it while they do.
    """
    after = f"stale-while-revalidate={stale}" if stale else "must-revalidate"
    response.headers["Cache-Control"] = f"{SHARED}{fresh}, {after}"
    return response


def let_forms_leave() -> None:
    """Lets the forms of the page being made be answered with a redirect to another site, by https."""
    g.forms_leave = True


def init_headers(app: Flask, production: bool) -> None:
    """Adds the security headers; personal pages are never stored."""

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers.extend(ALWAYS)
        if g.get("forms_leave"):
            response.headers["Content-Security-Policy"] = LEAVING_POLICY
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers["X-Request-Id"] = g.get("request_id", "")
        if production:
            response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        if request.endpoint not in STATIC_ENDPOINTS and "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        elif response.headers.get("Cache-Control", "").startswith(SHARED) and current_user.is_authenticated:
            response.headers["Cache-Control"] = "private, no-store"
        return response
