"""What is out of step with a company, for its admins."""

from flask import Blueprint, render_template, url_for

from eventapp.core.clock import now
from eventapp.core.i18n import _
from eventapp.overview.out_of_step import conference, plans, programme
from eventapp.overview.out_of_step.findings import Act, Finding, Group
from eventapp.partners.audiences import company_reader, viewer
from eventapp.partners.company.queries import read_id
from eventapp.partners.company.subnav import company_name, company_tabs
from eventapp.partners.models import Organisation

blueprint = Blueprint("company_out_of_step", __name__)


@blueprint.get("/company/out-of-step")
@company_reader
def index() -> str:
    """Everything out of step, each with what mends it. Plans are those whose team the visitor belongs to."""
    at, this = now(), Organisation.id == read_id(viewer())
    event = conference.coming(at)
    found = []
    if event is not None:
        rows, total = conference.first(event, [this], 1)
        opens = conference.is_open(event, at)
        text = _("Nobody of your company is registered.")
        register = Act(_("Register colleagues"), url_for("registrations.new", slug=event.slug)) if opens else None
        page = url_for("events.show", slug=event.slug)
        findings = [Finding(event.title, page, text, register, conference.last_day(event)) for _row in rows]
        fine = _("Your company is registered for %(event)s.", event=event.title)
        found.append(Group("conference", _("The coming conference"), findings, total, fine))
    lapsing, total = programme.first([this], 1)
    page = url_for("company_programme.index")
    act = Act(_("See whom to send where"), page)
    rows = [Finding(_("Partner programme"), page, one.reason, act, one.day) for one in lapsing]
    fine = _("Your company holds what the programme asks.")
    found.append(Group("programme", _("Certificates lapsing"), rows, total, fine))
    return render_template(
        "overview/out_of_step/company/index.html",
        groups=[*found, *plans.groups(viewer(), at)],
        subnav=company_tabs("out_of_step"),
        subnav_title=company_name(),
    )
