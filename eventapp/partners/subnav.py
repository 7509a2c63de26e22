"""The tabs over the pages of the partner list."""

from flask import url_for

from eventapp.core.i18n import _
from eventapp.core.web.audiences import may_open


def list_tabs(active: str) -> list[tuple[str, str, bool]]:
    """Companies, imports and what belongs to them, as far as that is open to the visitor; `active` says which is shown."""
    tabs = [
        ("companies", _("Companies"), "partners_admin.index"),
        ("imports", _("Imports"), "imports_admin.index"),
        ("no_shows", _("No-shows"), "no_shows_admin.index"),
        ("community", _("Community"), "community.index"),
    ]
    found = [(label, url_for(endpoint), key == active) for key, label, endpoint in tabs if may_open(endpoint)]
    return found if len(found) > 1 else []
