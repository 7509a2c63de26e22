"""The export of how companies stand: one row for each company and rule."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, String, func, select, type_coerce

from eventapp.core.db import db
from eventapp.core.exports import ExportColumn
from eventapp.core.portions import portions
from eventapp.partners.models import Country, Organisation, Tier
from eventapp.training.models import ProgrammeRule, Standing


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


_SOURCES: tuple[tuple[ExportColumn, Any], ...] = (
    (ExportColumn("company"), Organisation.name),
    (ExportColumn("programme_id"), func.coalesce(Organisation.programme_id, "")),
    (ExportColumn("tier"), func.coalesce(Tier.label, "")),
    (ExportColumn("country"), Organisation.country_code),
    (ExportColumn("partner_manager"), Organisation.partner_manager),
    (ExportColumn("rule"), ProgrammeRule.name),
    (ExportColumn("state"), type_coerce(Standing.state, String())),
    (ExportColumn("people", "number"), Standing.people),
    (ExportColumn("people_needed", "number"), ProgrammeRule.people_min),
    (ExportColumn("points", "number"), Standing.score),
    (ExportColumn("points_needed", "number"), ProgrammeRule.score_min),
    (ExportColumn("falls_on", show=_day), Standing.falls_on),
    (ExportColumn("grace_until", show=_day), Standing.grace_until),
    (ExportColumn("since", "moment"), Standing.since),
    (ExportColumn("evaluated_at", "moment"), Standing.evaluated_at),
)
COLUMNS = [column for column, _source in _SOURCES]


def rows(worst: Any, conditions: list[ColumnElement[bool]], rule_ids: Sequence[int]) -> Iterator[Sequence[Any]]:
    """The standings of the companies that the list shows, by company; with `rule_ids` by these rules alone."""
    companies = (
        select(Organisation.id)
        .join(worst, worst.c.company_id == Organisation.id)
        .join(Country, Country.code == Organisation.country_code)
        .outerjoin(Tier, Tier.key == Organisation.tier_key)
        .where(*conditions)
    )
    query = (
        select(*(source for _column, source in _SOURCES))
        .select_from(Standing)
        .join(Organisation, Organisation.id == Standing.organisation_id)
        .join(ProgrammeRule, ProgrammeRule.id == Standing.rule_id)
        .outerjoin(Tier, Tier.key == Organisation.tier_key)
        .order_by(Organisation.id, ProgrammeRule.name, ProgrammeRule.id)
    )
    query = query.where(Standing.rule_id.in_(rule_ids)) if rule_ids else query
    for ids in portions(companies, Organisation.id):
        yield from db.session.execute(query.where(Standing.organisation_id.in_(id_ for (id_,) in ids))).all()
