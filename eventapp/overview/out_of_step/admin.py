"""What is out of step with a partner manager's companies, and writing to their admins."""

from datetime import datetime

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import ColumnElement

from eventapp.accounts.audiences import partner_manager, partner_reader
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.web.audiences import may_open
from eventapp.core.web.carrying import carry_out_at_once
from eventapp.events.models import Event
from eventapp.overview.out_of_step import conference, plans, programme, service
from eventapp.overview.out_of_step.conference import EVENT
from eventapp.overview.out_of_step.findings import SHOWN, Finding, Group
from eventapp.partners.audiences import viewer
from eventapp.partners.listing import OWN, of_manager
from eventapp.partners.territory.queries import company_to_change, within

blueprint = Blueprint("out_of_step_admin", __name__)


@blueprint.get("/admin/out-of-step/")
@partner_reader
def index() -> str:
    """Everything out of step, by kind; a partner manager sees the own territory unless the address asks for all."""
    at = now()
    events, narrow = conference.upcoming(at), _narrow()
    event = next((one for one in events if one.slug == request.args.get(EVENT)), events[0] if events else None)
    found = [_registrations(event, narrow, at)] if event is not None else []
    return render_template(
        "overview/out_of_step/admin/index.html",
        groups=[*found, _programme(narrow), *plans.groups(viewer(), at)],
        own=bool(narrow),
        events=[(one.title, url_for(".index", own=request.args.get(OWN), event=one.slug), one is event) for one in events],
        switches=viewer().manages_partners,
        may_write=may_open("out_of_step_admin.remind"),
        form=ActionForm(),
    )


def _kept(endpoint: str) -> str:
    """The page, for the companies that this one shows."""
    return url_for(endpoint, own=request.args.get(OWN), event=request.args.get(EVENT))


def _event() -> Event | None:
    return conference.coming(now(), request.args.get(EVENT))


def _narrow() -> list[ColumnElement[bool]]:
    manager = of_manager(viewer(), request.args)
    return [within(manager)] if manager is not None else []


def _registrations(event: Event, narrow: list[ColumnElement[bool]], at: datetime) -> Group:
    rows, total = conference.first(event, narrow, SHOWN)
    until = conference.last_day(event)
    state = (
        _("nobody is registered") if conference.is_open(event, at) else _("nobody is registered; registration is not open yet")
    )
    findings = [
        Finding(
            row.name,
            url_for("partners_admin.show", organisation_id=row.id),
            " · ".join(filter(None, (row.tier, row.country, state))),
            None,
            until,
            row.id,
            row.written_at.date() if row.written_at is not None else None,
            row.has_admin,
        )
        for row in rows
    ]
    title = _("Not registered for %(event)s", event=event.title)
    more = _kept(".registrations")
    return Group("conference", title, findings, total, _("Every company that has places is registered."), more)


def _programme(narrow: list[ColumnElement[bool]]) -> Group:
    rows, total = programme.first(narrow, SHOWN)
    findings = [
        Finding(
            row.name,
            url_for("partners_admin.show", organisation_id=row.company_id) + "#programme",
            row.reason,
            None,
            row.day,
            row.company_id,
            row.written_on,
            row.has_admin,
        )
        for row in rows
    ]
    more = url_for("programme_admin.index", state=["at_risk", "grace", "non_compliant"], own="mine" if narrow else "all")
    fine = _("Every company holds what the programme asks.")
    return Group("programme", _("Certificates lapsing"), findings, total, fine, more if may_open("programme_admin.index") else "")


@blueprint.get("/admin/out-of-step/registrations")
@partner_reader
def registrations() -> str:
    """All companies that have registered nobody for the coming conference."""
    event = _event()
    if event is None:
        raise NotFoundError
    path = _kept(".registrations")
    return render_template(
        "overview/out_of_step/admin/registrations.html",
        event=event,
        listing=conference.page(event, _narrow(), path, request.args),
        may_write=may_open("out_of_step_admin.remind"),
        form=ActionForm(),
    )


@blueprint.post("/admin/out-of-step/<id:organisation_id>/remind")
@partner_manager
def remind(organisation_id: int) -> ResponseReturnValue:
    """Writes to the admins of a company what is out of step with it."""
    company = company_to_change(viewer(), organisation_id)
    back = _kept(".index")
    event = _event()
    said = _("The admins of %(company)s are written to.", company=company.name)
    return carry_out_at_once(ActionForm(), lambda: service.write_to(company, event, by=current_user, at=now()), back, said)
