"""Reading who may come."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select

from eventapp.core.db import db
from eventapp.core.i18n import _
from eventapp.core.wall import whole
from eventapp.events.admission.rules import (
    NOTHING_WAIVED,
    Applicant,
    Kind,
    Opening,
    Rule,
    Waived,
    WayIn,
    anybody,
    choosable,
    judge,
    tier_of,
)
from eventapp.events.models import NO_TIER, AdmissionKind, AudienceField, AudienceRule, Event, Wave
from eventapp.events.rules import Blocker
from eventapp.partners.models import (
    FUNCTION_LABELS,
    TYPE_LABELS,
    Country,
    JobFunction,
    Organisation,
    OrganisationType,
    PartnerType,
    SubRegion,
    Tier,
)

_NOTHING = WayIn()
# A row for each further type of a company, or one without; the sub-region stands in all of them.
_REGION_AND_TYPES = (
    select(Country.sub_region_key, OrganisationType.type)
    .select_from(Organisation)
    .outerjoin(Country, Country.code == Organisation.country_code)
    .outerjoin(OrganisationType, OrganisationType.organisation_id == Organisation.id)
    .where(Organisation.id == bindparam("company"))
)


def way_in(event: Event) -> WayIn:
    """What the event asks of those who come. No query for an event that asks nothing."""
    if not event.restricted:
        return _NOTHING
    kinds = tuple(Kind(*row) for row in db.session.execute(_KINDS.where(AdmissionKind.event_id == event.id)))
    waves = (
        select(Wave.tier, Wave.sub_region_key, Wave.opens_at).where(Wave.event_id == event.id).order_by(Wave.opens_at, Wave.id)
    )
    rules = db.session.scalars(select(AudienceRule).where(AudienceRule.event_id == event.id).order_by(AudienceRule.id)).all()
    return WayIn(kinds, shown_rules(rules), tuple(Opening(*row) for row in db.session.execute(waves)))


_KINDS = (
    select(
        AdmissionKind.id,
        AdmissionKind.name,
        AdmissionKind.pool_id,
        AdmissionKind.opens_at,
        AdmissionKind.closes_at,
        AdmissionKind.needs_approval,
        AdmissionKind.counts_on_company,
        AdmissionKind.offered_to,
    )
    .where(~AdmissionKind.archived)
    .order_by(AdmissionKind.position, AdmissionKind.id)
)


def shown_rules(rules: Sequence[AudienceRule]) -> tuple[Rule, ...]:
    """Rules with the words for their values; two queries more at most, for names of places and tiers."""
    names = _names({rule.field for rule in rules})
    return tuple(
        Rule(
            rule.kind_id,
            rule.field,
            frozenset(map(str, rule.values)),
            ", ".join(names.get(rule.field, {}).get(str(value), str(value)) for value in rule.values),
        )
        for rule in rules
    )


def _names(fields: set[AudienceField]) -> dict[AudienceField, dict[str, str]]:
    found: dict[AudienceField, dict[str, str]] = {
        AudienceField.TYPE: {t.value: str(TYPE_LABELS[t]) for t in PartnerType},
        AudienceField.FUNCTION: {f.value: str(FUNCTION_LABELS[f]) for f in JobFunction},
    }
    for field in fields - found.keys():
        found[field] = dict(choices_of(field))
    return found


def choices_of(field: AudienceField) -> list[tuple[str, str]]:
    """The values that a rule about that field may name, with their words; none for companies, which are named by ID."""
    if field is AudienceField.TYPE:
        return [(t.value, str(TYPE_LABELS[t])) for t in PartnerType]
    if field is AudienceField.FUNCTION:
        return [(f.value, str(FUNCTION_LABELS[f])) for f in JobFunction]
    if field is AudienceField.TIER:
        tiers = db.session.execute(select(Tier.key, Tier.label).order_by(Tier.position.desc())).all()
        return [*((row[0], row[1]) for row in tiers), (NO_TIER, "–")]
    if field is AudienceField.SUB_REGION:
        return [(r[0], r[1]) for r in db.session.execute(select(SubRegion.key, SubRegion.label).order_by(SubRegion.position))]
    if field is AudienceField.COUNTRY:
        return [(r[0], r[1]) for r in db.session.execute(select(Country.code, Country.name).order_by(Country.name))]
    return []


def company_names(rules: Sequence[AudienceRule]) -> dict[str, str]:
    """The names of the companies that rules list, by id as text."""
    ids = {int(value) for rule in rules if rule.field is AudienceField.COMPANY for value in rule.values}
    if not ids:
        return {}
    rows = db.session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids)))
    return {str(row[0]): row[1] for row in rows}


def applicant(company: Organisation, *, invited: bool = False, organizer: bool = False) -> Applicant:
    """The facts about a company that the rules look at. Of a row that stands for no company there are none."""
    if company.stands_aside:
        return Applicant(company.id, frozenset(), "", "", "", invited=invited, organizer=organizer)
    further = db.session.execute(_REGION_AND_TYPES, {"company": company.id}).all()
    return Applicant(
        company_id=company.id,
        types=frozenset({company.primary_type.value, *(row.type.value for row in further if row.type is not None)}),
        tier=tier_of(company.tier_key),
        country=company.country_code,
        sub_region=(further[0].sub_region_key if further else None) or "",
        invited=invited,
        organizer=organizer,
    )


def open_to(
    event: Event,
    company: Organisation | None,
    at: datetime,
    *,
    invited: bool = False,
    invited_as: int | None = None,
    waived: Waived = NOTHING_WAIVED,
    way: WayIn | None = None,
) -> tuple[Sequence[Kind], Sequence[Blocker]]:
    """The kinds that the company's people may come as now, and why nobody may come where there is no way.

    Without a company: for somebody of whom nobody has confirmed yet where they belong. `invited_as` is the kind that their
    invitation names, `waived` what it waives, `way` what the event asks, from whoever has read that already.
    """
    # Rules may list companies, so they stand behind the wall; whether they let this one in is all that shows.
    with whole() if event.restricted else nullcontext():
        way = way or way_in(event)
        asks = anybody(0, invited=invited)
        if company is not None and event.restricted:
            asks = applicant(company, invited=invited)
        if event.restricted:
            asks = replace(asks, invited_as=invited_as)
    offered: Sequence[Kind | None] = choosable(way, asks) if way.kinds else [None]
    verdicts = [(kind, judge(event, way, kind, asks, at, waived)) for kind in offered]
    if not verdicts:
        return (), [Blocker("kind", _("Nobody can be registered for this event here. Ask the organizer."))]
    let_in = [kind for kind, verdict in verdicts if not verdict.blockers]
    return [kind for kind in let_in if kind is not None], () if let_in else verdicts[0][1].blockers


class ShownOpening(NamedTuple):
    """A wave as the public page tells it."""

    who: str
    opens_at: datetime


def shown_openings(event: Event) -> list[ShownOpening]:
    """The event's waves in words, earliest first; no query for an event without any."""
    if not event.restricted:
        return []
    query = (
        select(Wave.tier, Tier.label, SubRegion.label, Wave.opens_at)
        .outerjoin(Tier, Tier.key == Wave.tier)
        .outerjoin(SubRegion, SubRegion.key == Wave.sub_region_key)
        .where(Wave.event_id == event.id)
        .order_by(Wave.opens_at, Wave.id)
    )
    found = []
    for tier, label, region, opens in db.session.execute(query):
        name = _("no tier") if tier == NO_TIER else label
        found.append(ShownOpening(" · ".join(part for part in (name, region) if part) or _("everybody"), opens))
    return found


def kinds_of(event_id: int, *, archived: bool = False) -> Sequence[AdmissionKind]:
    """The admission kinds of an event in the organizer's order."""
    query = select(AdmissionKind).where(AdmissionKind.event_id == event_id)
    if not archived:
        query = query.where(~AdmissionKind.archived)
    return db.session.scalars(query.order_by(AdmissionKind.position, AdmissionKind.id)).all()
