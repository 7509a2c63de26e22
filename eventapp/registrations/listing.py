"""The organizer's list of registrations: columns, filters, search, totals. The export and bulk acts use the same."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    and_,
    any_,
    false,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute
from werkzeug.datastructures import MultiDict

from eventapp.core.db import db
from eventapp.core.i18n import _, _l
from eventapp.core.tables import Column, Listing, Table
from eventapp.core.text import words
from eventapp.core.times import city
from eventapp.events.models import AdmissionKind, Event
from eventapp.partners.models import (
    Organisation,
    OrganisationWord,
    Person,
    PersonEmail,
    PersonWord,
)
from eventapp.places.models import Booking
from eventapp.registrations import tallies
from eventapp.registrations.exports import SOURCES
from eventapp.registrations.filters import Choices, choices, filters
from eventapp.registrations.models import SHOWN_COMPANY, SHOWN_COUNTRY, Registration, Tally

LAST = "\U0010ffff"
# A search that finds no more than so many is answered by their ids, else by the order of the list.
FEW = 200
# Those that the page reads itself, since they are more than a text.
READ_BY_PAGE = ("tags", "marks", "door")
# Columns that are shown to whoever chooses them, by their names in the export.
EXTRAS = {
    "code": _l("Code"),
    "kind": _l("Kind"),
    "badge_name": _l("Name on the badge"),
    "phone": _l("Phone"),
    "programme_id": _l("Programme ID"),
    "type": _l("Type of partner"),
    "source": _l("How they came in"),
    "registered_by": _l("Registered by"),
    "checked_in_at": _l("Checked in"),
    "cancelled_at": _l("Cancelled"),
    "note": _l("Note"),
    "tags": _l("Tags"),
    "marks": _l("Colours of answers"),
    "door": _l("For the door"),
    "block": _l("Seat block of"),
    "comes_with": _l("Comes with"),
}


def page(
    event: Event, path: str, args: MultiDict[str, str], now: datetime, *, extras: bool = False, chooser: bool = True
) -> Listing:
    """A page of the list, with people and companies counted. `extras`: the viewer may choose what the export has.

    Without a `chooser` it always has the same columns.
    """
    known = choices(event, args)
    shown = replace(table(event, path, args, now, known=known, extras=extras), chooser=chooser)
    found = ways(shown.searched(args))
    few = few_ids(event, found)
    if few is not None:
        shown = counted = replace(shown, search=lambda _text: Registration.id.in_(few))
    else:
        counted = replace(shown, search=lambda _text: _condition(found, at_once=True))
        # The newest of many hits are soon met in that order; by name they may all stand at the end of it.
        in_turn = shown.order(args)[0].order is Registration.registered_at
        shown = replace(shown, search=lambda _text: _condition(found, at_once=False)) if in_turn else counted
    of_event = _of(event, by_ids=few is not None)
    conditions = [of_event, *counted.condition(args)]
    rows = with_extras(rows_of(of_event), [c.key for c in shown.shown(args) if c.extra])
    return shown.page(rows, args, lambda _shown: totals(event, path, args, now, conditions, known))


def _of(event: Event, *, by_ids: bool) -> ColumnElement[bool]:
    """The condition that a registration is of the event; `by_ids` when its id finds it.

    SQLite takes ten rows for what an index of the event finds, be they 100,000, and would walk through them all: the
    sum keeps it from that index.
    """
    return (Registration.event_id + 0 if by_ids else Registration.event_id) == event.id


def rows_of(of_event: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The columns of a line of the list."""
    return (
        select(
            Registration.id,
            Registration.name,
            Registration.status,
            Registration.mode,
            Registration.code,
            Registration.registered_at,
            Registration.checked_in_at,
            Registration.review_at,
            Registration.organisation_id,
            Person.given_name,
            Person.family_name,
            func.coalesce(PersonEmail.address, "").label("address"),
            Registration.claim,
            Organisation.kind,
            SHOWN_COMPANY.label("company"),
            Organisation.tier_key,
            SHOWN_COUNTRY.label("country_code"),
            Booking.waiting_for_id,
        )
        .join(Person, Person.id == Registration.person_id)
        .outerjoin(PersonEmail, and_(PersonEmail.person_id == Person.id, PersonEmail.is_primary))
        .join(Organisation, Organisation.id == Registration.organisation_id)
        .join(Booking, Booking.id == Registration.booking_id)
        .where(of_event)
    )


def with_extras(rows: Select[*tuple[Any, ...]], keys: Iterable[str]) -> Select[*tuple[Any, ...]]:
    """The rows with these columns of the export, as `extra_<key>`. What no column asks for costs nothing."""
    for key in keys:
        if key == "kind":
            rows = rows.outerjoin(AdmissionKind, AdmissionKind.id == Registration.kind_id)
        if key not in READ_BY_PAGE:
            rows = rows.add_columns(SOURCES[key].label(f"extra_{key}"))
    return rows


def table(
    event: Event,
    path: str,
    args: MultiDict[str, str],
    now: datetime,
    counted: type[Registration] | type[Tally] = Registration,
    known: Choices | None = None,
    *,
    extras: bool = False,
) -> Table:
    """The list of an event. `counted` is where the filters look: the registrations, or the tallies for totals."""
    known = known or choices(event, args)
    columns = [
        Column("name", _("Name"), Person.sort_key),
        Column("company", _("Company"), Organisation.sort_key),
        Column("status", _("Status")),
        Column("mode", _("Takes part")),
        Column("registered_at", _("Registered (%(zone)s)", zone=city(event.time_zone)), Registration.registered_at),
    ]
    there = {"tags": bool(known.tags), "marks": event.has_form, "door": event.has_form}
    # What the door is to know is for everybody who may open the list.
    columns += [Column(k, str(v), extra=True) for k, v in EXTRAS.items() if there.get(k, True) and (extras or k == "door")]
    shown = columns if len(event.modes) > 1 else [c for c in columns if c.key != "mode"]
    return Table(
        path=path,
        columns=shown,
        chooser=True,
        key=Registration.id,
        default="-registered_at",
        filters=filters(event, args, now, counted, known),
        search=search,
        search_label=_("Name, company or address"),
    )


# Filters that the tallies know nothing of: with one of them, or a search, the registrations themselves are counted.
UNTALLIED = ("waiting", "new", "door", "tag", "kind", "review")

Way = tuple[InstrumentedAttribute[int], Select[int]]


def search(text: str) -> ColumnElement[bool] | None:
    """The condition that each word of the text finds a registration; none if there is no word."""
    return _condition(ways(text), at_once=True)


def ways(text: str) -> list[list[Way]]:
    """For each word of the text, the longest first: how it finds registrations, by their person and by their company.

    The word must begin a word of the person's name or address, or of the company. A way that finds nobody is left out:
    a database that need not unite two goes far quicker.
    """
    asked = sorted(words(text), key=lambda word: (-len(word), word))
    if not asked:
        return []
    both: list[Way] = []
    for word in asked:
        of_people = select(PersonWord.person_id).where(PersonWord.word >= word, PersonWord.word < word + LAST)
        of_companies = select(OrganisationWord.organisation_id).where(
            OrganisationWord.word >= word, OrganisationWord.word < word + LAST
        )
        both += [(Registration.person_id, of_people), (Registration.organisation_id, of_companies)]
    known = db.session.execute(select(*(ids.exists() for _column, ids in both))).one()
    return [[both[n] for n in (first, first + 1) if known[n]] for first in range(0, len(both), 2)]


def _condition(found: list[list[Way]], *, at_once: bool) -> ColumnElement[bool] | None:
    """`at_once`: all that are found will be looked at, and not one registration after the other until the page is full.

    Nested, not joined: SQLite would begin a join with the registrations, all of them. Postgres would join all the same:
    it goes through an index once with an array of ids, which must not be large where it is no index that is asked; there
    `IS TRUE` makes it look each registration up in the ids, before it reads what belongs to it.
    """
    conditions = []
    for n, of_word in enumerate(found):
        if at_once and n == 0 and len(of_word) == 1 and db.engine.dialect.name == "postgresql":
            column, ids = of_word[0]
            conditions.append(column == any_(func.array(ids.scalar_subquery(), type_=ARRAY(Integer))))
        else:
            of_any = or_(false(), *(column.in_(ids) for column, ids in of_word))
            conditions.append(of_any if at_once else of_any.is_(True))
    return and_(*conditions) if conditions else None


def few_ids(event: Event, found: list[list[Way]]) -> list[int] | None:
    """The ids of what a search finds, if these are few; none if they are many or nothing is looked for."""
    if not found:
        return None
    if not all(found):
        return []
    others = _condition(found[1:], at_once=False)
    of_event = select(Registration.id).where(_of(event, by_ids=True))
    if others is not None:
        of_event = of_event.where(others)
    # Joined with the words: else all that have the word would be gathered before the first few are given.
    each = [
        of_event.where(column == ids.selected_columns[0], cast(ColumnElement[bool], ids.whereclause)) for column, ids in found[0]
    ]
    ids = list(db.session.scalars(union_all(*each).limit(FEW + 1)))
    return sorted(set(ids)) if len(ids) <= FEW else None


def totals(
    event: Event,
    path: str,
    args: MultiDict[str, str],
    now: datetime,
    conditions: list[ColumnElement[bool]],
    known: Choices | None = None,
) -> list[tuple[int, str]]:
    """People and distinct companies behind the list as it is narrowed."""
    people, companies = count(event, path, args, now, conditions, known)
    return [
        (people, _("people") if people != 1 else _("person")),
        (companies, _("companies") if companies != 1 else _("company")),
    ]


def count(
    event: Event,
    path: str,
    args: MultiDict[str, str],
    now: datetime,
    conditions: list[ColumnElement[bool]],
    known: Choices | None = None,
) -> tuple[int, int]:
    """(people, companies); from the tallies where they can tell, else by `conditions`, that of the event among them."""
    by_company = any(args.get(name) for name in ("tier", "type", "country"))
    if args.get("q") or any(args.get(name) for name in UNTALLIED):
        query = select(func.count(), tallies.companies(Registration.organisation_id)).select_from(Registration)
        if by_company:
            query = query.join(Organisation, Organisation.id == Registration.organisation_id)
        if args.get("waiting"):
            query = query.join(Booking, Booking.id == Registration.booking_id)
        query = query.where(*conditions)
    else:
        tallied = table(event, path, args, now, Tally, known).condition(args)
        people = func.coalesce(func.sum(Tally.people), 0)
        query = select(people, tallies.companies(Tally.organisation_id)).select_from(Tally)
        if by_company:
            query = query.join(Organisation, Organisation.id == Tally.organisation_id)
        query = query.where(Tally.event_id == event.id, Tally.people > 0, *tallied)
    row: Sequence[int] = db.session.execute(query).one()
    return int(row[0]), int(row[1])
