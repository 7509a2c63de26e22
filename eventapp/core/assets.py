"""Static files: versioned addresses, so that browsers may keep them for a year."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request, url_for
from werkzeug.security import safe_join

from eventapp.core.web.headers import STATIC_ENDPOINTS

YEAR = "public, max-age=31536000, immutable"


def init_assets(app: Flask) -> None:
    """Adds `v=<hash>` to the addresses of static files, and lets those be kept. Templates get `static_url(filename)`."""

    @lru_cache(maxsize=512)
    def version(folder: str, filename: str) -> str | None:
        path = safe_join(folder, filename)
        if path is None or not Path(path).is_file():
            return None
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]

    def folder_of(endpoint: str) -> str | None:
        if endpoint == "static":
            return app.static_folder
        blueprint = app.blueprints.get(endpoint.partition(".")[0])
        return blueprint.static_folder if blueprint else None

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint in STATIC_ENDPOINTS and "filename" in values:
            folder = folder_of(endpoint)
            values["v"] = version(folder, values["filename"]) if folder else None

    @lru_cache(maxsize=512)
    def address(_root: str, endpoint: str, filename: str) -> str:
        return url_for(endpoint, filename=filename)

    def static_url(filename: str, endpoint: str = "static") -> str:
        """The address of a static file, made once: every page names a dozen and more."""
        return address(request.script_root, endpoint, filename)

    app.jinja_env.globals["static_url"] = static_url

    @app.after_request
    def keep(response: Response) -> Response:
        if request.endpoint in STATIC_ENDPOINTS and response.status_code in (200, 304):
            response.headers["Cache-Control"] = YEAR if request.args.get("v") else "public, max-age=300"
        return response
