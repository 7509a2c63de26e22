"""The list of companies by how they stand in the programme."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import joinedload
from werkzeug.datastructures import MultiDict

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.i18n import _, ngettext
from eventapp.core.tables import Choice, Column, Filter, Listing, Table
from eventapp.partners.listing import of_manager
from eventapp.partners.models import Country, Organisation, SubRegion, Tier
from eventapp.partners.queries import company_matches, tiers
from eventapp.partners.territory.queries import within
from eventapp.training.models import STANDING_LABELS, ProgrammeRule, Standing, StandingState

# The worst of a company's states is what the list shows.
RANKS = {state: rank for rank, state in enumerate(StandingState)}
STATES = {rank: state for state, rank in RANKS.items()}
OWN = "own"
TONES = {
    StandingState.COMPLIANT: "ok",
    StandingState.AT_RISK: "wait",
    StandingState.GRACE: "warn",
    StandingState.NON_COMPLIANT: "bad",
}


def worst_by_company(rule_ids: Collection[int] = ()) -> Any:
    """A subquery: by company the rank of its worst state by these rules (none: all), and the first days that matter."""
    rank = case({state.value: rank for state, rank in RANKS.items()}, value=Standing.state, else_=0)
    query = select(
        Standing.organisation_id.label("company_id"),
        func.max(rank).label("rank"),
        func.min(Standing.falls_on).label("falls_on"),
        func.min(Standing.grace_until).label("grace_until"),
    ).group_by(Standing.organisation_id)
    return (query.where(Standing.rule_id.in_(rule_ids)) if rule_ids else query).subquery("worst")


def rows(worst: Any) -> Select[Any]:
    """Companies that some rule is about."""
    return (
        select(
            Organisation.id,
            Organisation.name,
            Organisation.programme_id,
            Organisation.partner_manager,
            Tier.label.label("tier"),
            Country.name.label("country"),
            worst.c.rank,
            worst.c.falls_on,
            worst.c.grace_until,
        )
        .join(worst, worst.c.company_id == Organisation.id)
        .join(Country, Country.code == Organisation.country_code)
        .outerjoin(Tier, Tier.key == Organisation.tier_key)
    )


def table(path: str, worst: Any, rules: Sequence[ProgrammeRule]) -> Table:
    """What the list can do."""
    regions, countries = _places()
    states = [(state.value, str(label), None) for state, label in STANDING_LABELS.items()]
    return Table(
        path=path,
        columns=[
            Column("name", _("Company"), Organisation.sort_key),
            Column("tier", _("Tier"), Tier.position),
            Column("country", _("Country"), Country.name),
            Column("state", _("Stands"), worst.c.rank),
            Column("demands", _("By the rules")),
        ],
        key=Organisation.id,
        default="-state",
        filters=[
            Filter("state", _("State"), states, lambda values: worst.c.rank.in_([RANKS[StandingState(v)] for v in values])),
            Filter("rule", _("Rule"), [(str(rule.id), rule.name, None) for rule in rules], lambda _values: worst.c.rank >= 0),
            Filter("tier", _("Tier"), [(key, label, None) for key, label in tiers()], Organisation.tier_key.in_),
            Filter("region", _("Sub-region"), regions, _in_regions),
            Filter("country", _("Country"), countries, Organisation.country_code.in_),
        ],
        search=lambda text: company_matches(Organisation.id, text),
        search_label=_("Name, domain or ID"),
        kept=(OWN,),
    )


def _places() -> tuple[list[Choice], list[Choice]]:
    """The sub-regions and the countries that there are. One query for both."""
    columns = (Country.code, Country.name, SubRegion.key, SubRegion.label)
    rows = db.session.execute(
        select(*columns).join(SubRegion, SubRegion.key == Country.sub_region_key).order_by(SubRegion.position)
    )
    found = rows.all()
    regions = {key: label for _code, _name, key, label in found}
    countries = sorted((name, code) for code, name, _key, _label in found)
    return [(key, label, None) for key, label in regions.items()], [(code, name, None) for name, code in countries]


def _in_regions(values: list[str]) -> ColumnElement[bool]:
    return Organisation.country_code.in_(select(Country.code).where(Country.sub_region_key.in_(values)))


class Narrowed(NamedTuple):
    """What the address asks for: the subquery of the worst states, the list, and the companies of whoever asks."""

    worst: Any
    table: Table
    own: list[ColumnElement[bool]]


def narrowed(viewer: Viewer, path: str, args: MultiDict[str, str], rules: Sequence[ProgrammeRule]) -> Narrowed:
    """The same for the page and for its export. A partner manager sees the own territory unless the address asks for all."""
    known = {str(rule.id): rule.id for rule in rules}
    worst = worst_by_company([known[value] for value in args.getlist("rule") if value in known])
    manager = of_manager(viewer, args)
    return Narrowed(worst, table(path, worst, rules), [within(manager)] if manager is not None else [])


def page(viewer: Viewer, path: str, args: MultiDict[str, str], rules: Sequence[ProgrammeRule]) -> Listing:
    """A page of the list."""
    worst, found, own = narrowed(viewer, path, args, rules)
    listing = found.page(rows(worst).where(*own), args, lambda conditions: _totals(worst, [*own, *conditions]))
    if viewer.manages_partners and not viewer.is_organizer:
        mine = bool(own)
        other = "all" if mine else "mine"
        listing.pills.insert(0, (_("Show"), _("My companies") if mine else _("All companies"), f"{path}?{OWN}={other}"))
    return listing


def _totals(worst: Any, conditions: list[ColumnElement[bool]]) -> list[tuple[int, str]]:
    query = (
        select(func.count())
        .select_from(Organisation)
        .join(worst, worst.c.company_id == Organisation.id)
        .join(Country, Country.code == Organisation.country_code)
        .outerjoin(Tier, Tier.key == Organisation.tier_key)
    )
    number = db.session.scalar(query.where(*conditions)) or 0
    return [(number, ngettext("company", "companies", number))]


def standings_of(company_ids: Sequence[int]) -> dict[int, list[Standing]]:
    """By company its standings with their rules, in the order of the rules' names. One query."""
    query = select(Standing).where(Standing.organisation_id.in_(company_ids)).join(Standing.rule)
    found: dict[int, list[Standing]] = defaultdict(list)
    for standing in db.session.scalars(query.options(joinedload(Standing.rule)).order_by(ProgrammeRule.name, ProgrammeRule.id)):
        found[standing.organisation_id].append(standing)
    return found


def counts(own: Sequence[ColumnElement[bool]] = ()) -> dict[StandingState, int]:
    """How many companies stand where, each by its worst state."""
    worst = worst_by_company()
    query = select(worst.c.rank, func.count()).join(Organisation, Organisation.id == worst.c.company_id).where(*own)
    found = {STATES[rank]: n for rank, n in db.session.execute(query.group_by(worst.c.rank))}
    return {state: found.get(state, 0) for state in StandingState}
