"""What a company's page shows of features that stand later than the partner list."""

from flask import Flask, render_template
from markupsafe import Markup
from sqlalchemy import func, select

from eventapp.community.onboarding import queries as onboarding
from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.events.models import Event
from eventapp.partners.audiences import viewer
from eventapp.partners.cohorts import COHORT_LABELS, Cohort, cohort_of
from eventapp.partners.models import Organisation
from eventapp.registrations.models import Tally
from eventapp.training.models import STANDING_LABELS
from eventapp.training.programme.listing import TONES, standings_of


def registrations_by_event(organisation: Organisation) -> Markup:
    """The company's people by event and status, latest event first; each number opens its list."""
    rows = db.session.execute(
        select(Event.slug, Event.title, Event.starts_at, Event.time_zone, Tally.status, func.sum(Tally.people))
        .join(Event, Event.id == Tally.event_id)
        .where(Tally.organisation_id == organisation.id, Tally.people > 0)
        .group_by(Event.id, Event.slug, Event.title, Event.starts_at, Event.time_zone, Tally.status)
        .order_by(Event.starts_at.desc(), Event.id)
    )
    events: dict[str, dict[str, object]] = {}
    for slug, title, starts_at, zone, status, people in rows:
        found = events.setdefault(slug, {"slug": slug, "title": title, "starts_at": starts_at, "zone": zone, "people": {}})
        numbers = found["people"]
        assert isinstance(numbers, dict)
        numbers[status.value] = int(people)
    return Markup(render_template("overview/_company.html", organisation=organisation, events=list(events.values())))  # noqa: S704 - rendered and escaped by the template


def programme(organisation: Organisation) -> Markup:
    """How the company stands by each rule of the programme; nothing where no rule is about it."""
    found = standings_of([organisation.id])[organisation.id]
    if not found:
        return Markup()
    page = render_template("overview/_programme.html", standings=found, labels=STANDING_LABELS, state_tones=TONES)
    return Markup(page)  # noqa: S704 - rendered and escaped by the template


def community(organisation: Organisation) -> Markup:
    """How long the company has been a partner; of a newcomer also how far it is and who helps it."""
    cohort = cohort_of(organisation.partner_since, now().date())
    if cohort is None:
        return Markup()
    newcomer = cohort is Cohort.NEWCOMER
    page = render_template(
        "overview/_community.html",
        organisation=organisation,
        cohort=cohort,
        cohorts=COHORT_LABELS,
        first_steps=onboarding.own_progress(viewer(), organisation.id) if newcomer else None,
    )
    return Markup(page)  # noqa: S704 - rendered and escaped by the template


def init_company_sections(app: Flask) -> None:
    """Puts the sections onto the company's page, which cannot know training and registrations."""
    app.extensions.setdefault("company_sections", []).extend([programme, registrations_by_event, community])
