"""Which companies of the list may be the one that somebody means, and what speaks for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.email import domain_of
from eventapp.core.text import words
from eventapp.partners.joining import queries
from eventapp.partners.joining.queue import decides
from eventapp.partners.joining.rules import MOST_SUGGESTIONS, Known, Reason, Wanted, likelihood, reasons, telling
from eventapp.partners.models import Alias, Country, EmailDomain, FreeMailDomain, Organisation, OrganisationWord
from eventapp.partners.rules import normal_domain

_MOST_COMPARED = 60


@dataclass(frozen=True)
class Suggestion:
    """A company of the list that may be the one meant, and why."""

    organisation_id: int
    name: str
    city: str
    country: str
    reasons: tuple[Reason, ...]
    points: int


def own_domain(address: str) -> str:
    """The domain of the address, unless it is a mail provider's."""
    domain = normal_domain(domain_of(address)) or ""
    return "" if not domain or db.session.get(FreeMailDomain, domain) is not None else domain


def suggestions(viewer: Viewer, wanted: Wanted, leave_out: int | None = None) -> list[Suggestion]:
    """The companies most likely meant, the likeliest first, with the reasons; for who decides for the vendor."""
    if not decides(viewer):
        return []
    name_words = telling(wanted.name) if wanted.name else set()
    ids = set(_by_words(name_words))
    if wanted.domain:
        ids |= set(db.session.scalars(select(EmailDomain.organisation_id).where(EmailDomain.domain == wanted.domain)))
    if wanted.programme_id:
        ids |= set(db.session.scalars(select(Organisation.id).where(Organisation.programme_id == wanted.programme_id)))
    if wanted.website:
        ids |= set(_by_words(words(wanted.website.partition("://")[2] or wanted.website) - {"www", "com", "example"}))
    ids.discard(leave_out or 0)
    if not ids:
        return []
    rows = db.session.execute(
        select(Organisation, Country.name).join(Country).where(Organisation.id.in_(ids), queries.TAKES_PEOPLE)
    ).all()
    aliases, domains = (
        _texts(Alias.organisation_id, Alias.name, ids),
        _texts(EmailDomain.organisation_id, EmailDomain.domain, ids),
    )
    found = []
    for company, country in rows:
        known = Known(
            [company.name, company.legal_name, *aliases.get(company.id, ())],
            company.country_code,
            domains.get(company.id, ()),
            company.website,
            company.programme_id or "",
        )
        why = reasons(wanted, known)
        if why:
            found.append(Suggestion(company.id, company.name, company.city, country, tuple(why), likelihood(why)))
    return sorted(found, key=lambda s: (-s.points, s.name, s.organisation_id))[:MOST_SUGGESTIONS]


def _by_words(wanted: set[str]) -> Sequence[int]:
    """The companies that have most of these words."""
    if not wanted:
        return []
    number = func.count()
    query = (
        select(OrganisationWord.organisation_id)
        .where(OrganisationWord.word.in_(wanted))
        .group_by(OrganisationWord.organisation_id)
        .order_by(number.desc(), OrganisationWord.organisation_id)
        .limit(_MOST_COMPARED)
    )
    return db.session.scalars(query).all()


def _texts(owner: Any, text: Any, ids: set[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for id_, value in db.session.execute(select(owner, text).where(owner.in_(ids))):
        found.setdefault(id_, []).append(value)
    return found
