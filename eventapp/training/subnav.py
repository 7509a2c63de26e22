"""The tabs of a run in the pages of trainers and organizers."""

from flask import url_for

from eventapp.core.i18n import _
from eventapp.core.web.audiences import may_open
from eventapp.training.models import Run


def run_tabs(run: Run, active: str) -> list[tuple[str, str, bool]]:
    """Label, address, and whether it is the open one; only those that are open to the visitor."""
    tabs = [
        ("run", _("Run"), "teaching.show"),
        ("participants", _("Participants"), "teaching.participants"),
    ]
    return [(label, url_for(endpoint, run_id=run.id), key == active) for key, label, endpoint in tabs if may_open(endpoint)]
