"""Wiring: settings, core, then the features: their pages stand in `pages.py`. The only place above them all."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from eventapp.accounts.security import init_accounts
from eventapp.core.assets import init_assets
from eventapp.core.engine import engine_options, init_db
from eventapp.core.i18n import init_i18n
from eventapp.core.jobs import init_jobs
from eventapp.core.log import init_log
from eventapp.core.web.errors import init_errors
from eventapp.core.web.headers import init_headers
from eventapp.core.web.identifiers import init_identifiers
from eventapp.core.web.requests import init_requests
from eventapp.core.web.templates import Templates, init_templates
from eventapp.settings import ROOT, Settings

# What later features do when something happens that commands without pages do, too.
FOLLOWERS = ("eventapp.plans.suspending.service",)

MEGABYTE = 1024 * 1024


class Application(Flask):
    """Flask, for views and hooks none of which is a coroutine: it would ask each of them, for every request."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is."""
        return func


def create_app(settings: Settings | None = None, *, pages: bool = True, **overrides: Any) -> Flask:
    """The application. `overrides` go into Flask's config last, for tests.

    Without `pages` it has none before the first link is written: for commands that seldom write any, which carry half as
    much. Of later features it then has what `FOLLOWERS` names.

    Raises `SettingsError` for an unsafe configuration and RuntimeError for a route without an audience.
    """
    settings = settings or Settings.from_environ()
    app = Application(
        "eventapp", root_path=str(ROOT / "eventapp"), template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static")
    )
    app.jinja_environment = Templates
    app.config.update(_config(settings))
    app.config.update(overrides)
    init_log(json_lines=settings.production)
    if settings.proxies:
        n = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    init_identifiers(app)
    init_errors(app)
    init_db(app)
    init_jobs(app, settings)
    init_i18n(app)
    init_assets(app)
    init_templates(app, settings)
    init_headers(app, settings.production)
    CSRFProtect(app)
    init_accounts(app)
    init_requests(app)
    if pages:
        _add_pages(app)
    else:
        for name in FOLLOWERS:
            import_module(name)
        app.extensions["add_pages"] = lambda: _add_pages(app)
    return app


def _add_pages(app: Flask) -> None:
    from eventapp.pages import init_pages  # half of all there is, which few commands need

    init_pages(app)


def _config(settings: Settings) -> dict[str, Any]:
    return {
        "SETTINGS": settings,
        "DEBUG": settings.debug,
        "SECRET_KEY": settings.secret_key,
        "BASE_URL": settings.base_url,
        "PRODUCTION": settings.production,
        "PROPAGATE": False,
        "MIGRATIONS": str(ROOT / "eventapp" / "migrations"),
        "TRUSTED_HOSTS": settings.trusted_hosts,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings.database_url),
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.base_url.startswith("https://"),
        "SESSION_COOKIE_NAME": "__Host-eventapp" if settings.base_url.startswith("https://") else "eventapp",
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_SECURE": settings.base_url.startswith("https://"),
        # A token lives as long as the session: a form left open over lunch can still be sent.
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,
        "MAX_CONTENT_LENGTH": MEGABYTE,
        "MAX_FORM_MEMORY_SIZE": MEGABYTE,
        "MAX_FORM_PARTS": 5000,
        "BOOTSTRAP_SERVE_LOCAL": True,
        "BABEL_DEFAULT_LOCALE": "en",
        "JSON_SORT_KEYS": False,
    }
