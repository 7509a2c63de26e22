"""A company's first page: the events that it may attend, what is missing, what waits for it."""

from datetime import datetime

from flask import Blueprint, render_template

from eventapp.community.onboarding import queries as onboarding
from eventapp.core.clock import now
from eventapp.core.web.audiences import may_open
from eventapp.events.rules import Window, window
from eventapp.overview import company_queries as queries
from eventapp.partners.audiences import company_member, viewer
from eventapp.partners.cohorts import Cohort, cohort_of
from eventapp.partners.company import log
from eventapp.partners.company import queries as company_queries
from eventapp.partners.company.subnav import company_name, company_tabs
from eventapp.partners.models import Organisation
from eventapp.partners.permissions import may_read_company, may_run_company
from eventapp.registrations.blocks import queries as block_queries
from eventapp.registrations.blocks.rules import BlockState

blueprint = Blueprint("company", __name__)


def _is_new(company: Organisation, at: datetime) -> bool:
    return cohort_of(company.partner_since, at.date()) is Cohort.NEWCOMER


@blueprint.get("/company/")
@company_member
def index() -> str:
    """Everything that a company's people need next. Members see the events and their own registrations."""
    seen_by, at = viewer(), now()
    company = company_queries.company(seen_by)
    reads = may_read_company(seen_by)
    events = queries.events_to_attend(seen_by, company, at)
    waits = queries.waits_for_reader(seen_by, at)
    return render_template(
        "overview/company/index.html",
        company=company,
        events=events,
        states={row.event.id: window(row.event, at) for row in events},
        open_state=Window.OPEN,
        waiting=queries.waiting_by_event(seen_by, at) if reads else {},
        own=queries.own_registrations(seen_by, at),
        blocks=[one for one in block_queries.places_for(company.id) if one.state(at) is BlockState.NAMING] if reads else [],
        counts=company_queries.people_counts(seen_by) if reads else None,
        latest=log.latest(seen_by) if reads else [],
        first_steps=onboarding.own_progress(seen_by, company.id) if reads and _is_new(company, at) else None,
        meetings_waiting=waits.meetings,
        to_sign=waits.to_sign,
        may_register=may_run_company(seen_by),
        may_read_log=may_open("company_log.index"),
        subnav=company_tabs("overview"),
        subnav_title=company_name(),
    )
