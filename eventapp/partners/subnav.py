"""The tabs over the pages of the partner list."""

from flask import url_for

from eventapp.core.i18n import _


def list_tabs(active: str) -> list[tuple[str, str, bool]]:
    """Companies and imports; `active` says which of them is shown."""
    return [
        (_("Companies"), url_for("partners_admin.index"), active == "companies"),
        (_("Imports"), url_for("imports_admin.index"), active == "imports"),
    ]
