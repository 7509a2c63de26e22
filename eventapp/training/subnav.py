"""The tabs of training in the pages of trainers and organizers: of a run, and of training as a whole."""

from flask import current_app, url_for

from eventapp.core.i18n import _
from eventapp.core.web.audiences import may_open
from eventapp.training.models import Run


def run_tabs(run: Run, active: str) -> list[tuple[str, str, bool]]:
    """Label, address, and whether it is the open one; only those that are open to the visitor."""
    tabs = [
        ("run", _("Run"), "teaching.show"),
        ("participants", _("Participants"), "participants.index"),
        ("roll", _("Roll call"), "roll_call.show"),
        ("attendance", _("Attendance"), "attendance.index"),
        ("results", _("Results"), "run_results.show"),
        ("feedback", _("Feedback"), "run_results.feedback_of"),
        ("material", _("Material"), "run_material.index"),
        ("certificates", _("Certificates"), "run_certificates.index"),
    ]
    there = [tab for tab in tabs if tab[2] in current_app.view_functions and may_open(tab[2])]
    return [(label, url_for(endpoint, run_id=run.id), key == active) for key, label, endpoint in there]


def training_tabs(active: str) -> list[tuple[str, str, bool]]:
    """The pages of training for the vendor as a whole; those that are open to the visitor."""
    tabs = [
        ("courses", _("Courses"), "courses_admin.index"),
        ("credentials", _("Credentials"), "credentials_admin.index"),
        ("interests", _("Wanted"), "interests_admin.index"),
        ("runs", _("Runs"), "runs_admin.index"),
        ("results", _("Results"), "results_admin.index"),
        ("certificates", _("Certificates"), "certificates_admin.index"),
        ("programme", _("Programme"), "programme_admin.index"),
    ]
    shown = [tab for tab in tabs if tab[2] in current_app.view_functions and may_open(tab[2])]
    return [(label, url_for(endpoint), key == active) for key, label, endpoint in shown]
