"""Companies that may send people to the coming conference and have registered nobody."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, literal, or_, select
from werkzeug.datastructures import MultiDict

from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.i18n import _, ngettext
from eventapp.core.tables import Column, Filter, Listing, Table
from eventapp.events.models import NO_TIER, CompanyQuota, Event, EventFormat, EventKind, EventStatus, TierQuota
from eventapp.events.rules import Window, window
from eventapp.mail.models import OutboxMail
from eventapp.partners.joining.queries import has_admin
from eventapp.partners.listing import OWN
from eventapp.partners.models import IN_PROGRAMME, Country, Organisation, OrganisationStatus, Tier
from eventapp.partners.queries import company_matches, tiers
from eventapp.places.models import Pool
from eventapp.registrations.models import ENDED, Registration

# The kind of the mail to a company's admins; `about` it is `organisation:ID`.
MAIL_KIND = "overview.out_of_step"
# The part of the address that says which event.
EVENT = "event"
# So many events are offered to look at.
MOST_EVENTS = 6


def upcoming(at: datetime) -> Sequence[Event]:
    """The events that companies can still register for, the conference at the front: the largest where people meet."""
    query = (
        select(Event)
        .join(Pool, Pool.id == Event.pool_id)
        .where(
            Event.kind == EventKind.EVENT,
            Event.status == EventStatus.PUBLISHED,
            Event.starts_at > at,
            or_(Event.registration_closes_at.is_(None), Event.registration_closes_at > at),
        )
        .order_by(Event.format == EventFormat.VIRTUAL, Pool.capacity.desc().nulls_last(), Event.starts_at, Event.id)
        .limit(MOST_EVENTS)
    )
    return db.session.scalars(query).all()


def coming(at: datetime, slug: str | None = None) -> Event | None:
    """The coming conference, or the upcoming event of that slug. None where there is none."""
    found = upcoming(at)
    return next((one for one in found if one.slug == slug), found[0] if found else None)


def is_open(event: Event, at: datetime) -> bool:
    """Whether companies can register now, not only later."""
    return window(event, at) is Window.OPEN


def missing_at(event: Event) -> ColumnElement[bool]:
    """The condition of companies of the programme that have places at the event, and nobody who is or may be coming."""
    there = select(Registration.id).where(
        Registration.event_id == event.id,
        Registration.organisation_id == Organisation.id,
        Registration.status.not_in(ENDED),
    )
    own = (
        select(Pool.capacity)
        .join(CompanyQuota, CompanyQuota.pool_id == Pool.id)
        .where(CompanyQuota.event_id == event.id, CompanyQuota.organisation_id == Organisation.id)
    )
    closed_to_company = own.where(Pool.capacity == 0).exists()
    closed_to_tier = and_(
        ~own.exists(),
        select(TierQuota.tier)
        .where(
            TierQuota.event_id == event.id,
            TierQuota.tier == func.coalesce(Organisation.tier_key, NO_TIER),
            TierQuota.places == 0,
        )
        .exists(),
    )
    return and_(
        IN_PROGRAMME,
        Organisation.merged_into_id.is_(None),
        Organisation.status == OrganisationStatus.ACTIVE,
        ~there.exists(),
        ~closed_to_company,
        ~closed_to_tier,
    )


def written_on() -> Any:
    """When the admins of a company were last written to about what is out of step, as a column."""
    return (
        select(func.max(OutboxMail.created_at))
        .where(OutboxMail.about == literal("organisation:").concat(cast(Organisation.id, String)), OutboxMail.kind == MAIL_KIND)
        .correlate(Organisation)
        .scalar_subquery()
    )


def companies(event: Event, *narrow: ColumnElement[bool]) -> Select[Any]:
    """These companies with tier, country, when they were last written to, and whether anybody can be."""
    return (
        select(
            Organisation.id,
            Organisation.name,
            Organisation.partner_manager,
            Tier.label.label("tier"),
            Country.name.label("country"),
            written_on().label("written_at"),
            has_admin(now().date()).label("has_admin"),
        )
        .join(Country, Country.code == Organisation.country_code)
        .outerjoin(Tier, Tier.key == Organisation.tier_key)
        .where(missing_at(event), *narrow)
    )


def first(event: Event, narrow: Sequence[ColumnElement[bool]], limit: int) -> tuple[list[Any], int]:
    """The first of these companies, the highest tier at the front, and how many there are. One query."""
    query = companies(event, *narrow).add_columns(func.count().over().label("total"))
    rows = db.session.execute(query.order_by(Tier.position.desc().nulls_last(), Organisation.sort_key).limit(limit)).all()
    return list(rows), rows[0].total if rows else 0


def page(event: Event, narrow: Sequence[ColumnElement[bool]], path: str, args: MultiDict[str, str]) -> Listing:
    """All of these companies as a list."""
    table = Table(
        path=path,
        columns=[
            Column("name", _("Company"), Organisation.sort_key),
            Column("tier", _("Tier"), Tier.position),
            Column("country", _("Country"), Country.name),
            Column("written", _("Last written to")),
        ],
        key=Organisation.id,
        default="name",
        filters=[Filter("tier", _("Tier"), [(key, label, None) for key, label in tiers()], Organisation.tier_key.in_)],
        search=lambda text: company_matches(Organisation.id, text),
        search_label=_("Name, domain or ID"),
        kept=(OWN, EVENT),
    )

    def totals(conditions: list[ColumnElement[bool]]) -> list[tuple[int, str]]:
        count = select(func.count()).select_from(Organisation).join(Country, Country.code == Organisation.country_code)
        count = count.outerjoin(Tier, Tier.key == Organisation.tier_key).where(missing_at(event), *narrow, *conditions)
        number = db.session.scalar(count) or 0
        return [(number, ngettext("company", "companies", number))]

    return table.page(companies(event, *narrow), args, totals)


def last_day(event: Event) -> date | None:
    """Until when companies can register, as a day in UTC; none for no end."""
    return event.registration_closes_at.date() if event.registration_closes_at is not None else None
