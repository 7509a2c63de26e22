"""The participants of a run, for whoever gives it: names and companies only. Waivers of what the course asks for."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.audit.service import record
from eventapp.core import exports as files
from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.forms import ActionForm, AddressField, Form, LineField, required
from eventapp.core.i18n import _, _l
from eventapp.core.saving import saving
from eventapp.core.web.carrying import carry_out, carry_out_at_once
from eventapp.core.web.downloads import asked_format, table_file
from eventapp.partners.audiences import viewer
from eventapp.training import queries
from eventapp.training.audiences import run_reader, trainer
from eventapp.training.enrolling import (
    exports,
    late,  # noqa: F401 - the page to cancel says from here on that it is late
    listing,
    requirements,
    waivers,
)
from eventapp.training.models import Run
from eventapp.training.runs.pages import page, title_of

blueprint = Blueprint("participants", __name__)
FORMATS = [(p.name, p.label) for p in files.PRESETS.values()] + [("xlsx", "Excel (XLSX)"), ("json", "JSON")]


class WaiverForm(Form):
    """Who may come without what the course asks for, and why."""

    address = AddressField(_l("E-mail"), [required(_l("Enter the address of the person."))])
    reason = LineField(_l("Reason"), [required(_l("Say why, for the log."))], length=300)


@blueprint.get("/teach/<id:run_id>/participants")
@run_reader
def index(run_id: int) -> str:
    """Who is enrolled, waits, or has cancelled."""
    return _page(queries.run_to_teach(viewer(), run_id))


def _page(run: Run) -> str:
    found = listing.page(run, url_for(".index", run_id=run.id), request.args)
    lacking = requirements.missing_of(run, [row.person_id for row in found.rows], now())
    return page(
        "training/enrolling/participants.html",
        run,
        "participants",
        listing=found,
        labels=listing.LABELS,
        state_tones=listing.TONES,
        lacking=lacking,
        asked=requirements.asked(run, now()),
        waivers=waivers.of_run(run),
        # Who gives a run learns the names of those who have a part in it, and of nobody else.
        reads_all=viewer().reads_all,
        action=ActionForm(),
        formats=FORMATS,
    )


@blueprint.route("/teach/<id:run_id>/participants/waive", methods=["GET", "POST"])
@trainer
def waive(run_id: int) -> ResponseReturnValue:
    """Lets somebody enrol without what the course asks for."""
    run = queries.run_to_give(viewer(), run_id)
    form = WaiverForm()

    def act() -> str:
        address, reason = form.address.data or "", form.reason.data or ""
        waivers.give(run, address, reason, told_why=viewer().reads_all, by=current_user, at=now())
        return url_for(".index", run_id=run_id)

    def show(_stale: bool) -> str:
        db.session.expire_all()
        found = queries.run_to_give(viewer(), run_id)
        asked = requirements.asked(found, now())
        return page("training/enrolling/waive.html", found, "participants", form=form, asked=asked, has_errors=form.refused)

    return carry_out(form, act, show, said=lambda: _("They can enrol now, or be enrolled by their company."))


@blueprint.post("/teach/<id:run_id>/participants/waive/<id:person_id>/remove")
@trainer
def take_back(run_id: int, person_id: int) -> ResponseReturnValue:
    """Takes a waiver back; whoever is enrolled stays so."""
    run = queries.run_to_give(viewer(), run_id)
    return carry_out_at_once(
        ActionForm(),
        lambda: waivers.take_back(run, person_id, by=current_user, at=now()),
        url_for(".index", run_id=run_id),
        _("The waiver is taken back. Whoever is enrolled stays enrolled."),
    )


@blueprint.post("/teach/<id:run_id>/participants/export")
@run_reader
def export(run_id: int) -> ResponseReturnValue:
    """One row for each enrolment, without addresses; that it was taken out stands in the log."""
    run, at = queries.run_to_teach(viewer(), run_id), now()
    name = asked_format()
    title, slug, zone = title_of(run), run.event.slug, run.event.time_zone
    with saving():
        record(
            "enrolling.export",
            by=current_user,
            at=at,
            object_type="run",
            object_id=run.id,
            object_name=title,
            event_id=run.event_id,
            changes={"format": name},
        )
    return table_file(
        exports.rows([run_id]), exports.columns(), name, of=slug, content="enrolments", title=title, zone=zone, at=at
    )
