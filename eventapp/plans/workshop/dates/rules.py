"""Rules of dates over facts: whether they can be, who would be there, what else is on that day. Pure."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

from babel.lists import format_list
from flask_babel import get_locale

from eventapp.core.holidays import MOON, holiday, is_known, is_weekend
from eventapp.core.i18n import _, _l
from eventapp.core.times import LocalTimeError, city, clock, day_text, to_local, to_utc
from eventapp.plans.models import PlanMember, SlotAnswer, WorkshopAnswer, WorkshopSlot
from eventapp.plans.teams.checking import FEWEST, FEWEST_OF_SMALL, team_problems
from eventapp.plans.workshop.calendars import halves

# Proposed at the same time.
MOST_SLOTS = 12
# A day in person, and each of two halves on video.
DAY = (time(9), time(17))
HALF = (time(9), time(12))
LONGEST = timedelta(hours=12)
# The second half follows within so many days.
FURTHEST = 31
# Mails about dates to answer go out once in that time, however many are proposed and whoever is reminded.
BETWEEN_MAILS = timedelta(days=1)


class Span(NamedTuple):
    """Start and end of a half, in UTC."""

    starts_at: datetime
    ends_at: datetime


class Dates(NamedTuple):
    """A date as it is proposed: one half, or two."""

    first: Span
    second: Span | None = None

    @classmethod
    def of(cls, slot: WorkshopSlot) -> "Dates":
        """The times of a date that exists."""
        spans = [Span(start, end) for _number, start, end in halves(slot)]
        return cls(*spans)


class ClockError(ValueError):
    """Clocks never show that time on that day, or show it twice. `text` says so."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def moment(day: date, local: time, zone: str) -> datetime:
    """When clocks in the zone show that time on that day. Raises ClockError on the night in which they are changed."""
    try:
        return to_utc(datetime.combine(day, local), zone)
    except LocalTimeError as error:
        values = {"city": city(zone), "time": clock(error.local), "day": day_text(day)}
        before = to_local(error.choices[0], zone).replace(tzinfo=None)
        if before == error.local:
            raise ClockError(_("Clocks in %(city)s show %(time)s twice on %(day)s. Choose another time.", **values)) from error
        raise ClockError(_("Clocks in %(city)s never show %(time)s on %(day)s. Choose another time.", **values)) from error


class Quorum(StrEnum):
    """Whether a side would have a quorum on a date."""

    REACHED = "reached"
    IF_NEED_BE = "if_need_be"
    OPEN = "open"
    MISSED = "missed"


QUORUM_LABELS = {
    Quorum.REACHED: _l("Quorum"),
    Quorum.IF_NEED_BE: _l("Quorum, if need be"),
    Quorum.OPEN: _l("Answers are missing"),
    Quorum.MISSED: _l("No quorum"),
}


class SlotStanding(NamedTuple):
    """How a date stands for a side: who said what, and what is lacking for a quorum, in words."""

    quorum: Quorum
    lacks: list[str]
    by_answer: Mapping[SlotAnswer | None, Sequence[PlanMember]]


def standing(
    members: Sequence[PlanMember],
    said: Mapping[int, SlotAnswer],
    *,
    small: bool,
    delegates: Collection[int] = frozenset(),
) -> SlotStanding:
    """How a date stands for the people of one side, by what they said (by member id).

    Who said yes is there; with those who could if need be, and then with those who have said nothing, it may still be a
    quorum. `delegates` stand for the executive sponsor; `small` is the recorded exception for small partners.
    """
    by_answer: dict[SlotAnswer | None, list[PlanMember]] = {}
    for one in members:
        by_answer.setdefault(said.get(one.id), []).append(one)
    there: list[PlanMember] = []
    lacks: list[str] | None = None
    for further, found in ((SlotAnswer.YES, Quorum.REACHED), (SlotAnswer.MAYBE, Quorum.IF_NEED_BE), (None, Quorum.OPEN)):
        there += by_answer.get(further, [])
        problems = _problems(there, small=small, delegates=delegates)
        lacks = problems if lacks is None else lacks
        if not problems:
            return SlotStanding(found, lacks, by_answer)
    return SlotStanding(Quorum.MISSED, lacks or [], by_answer)


def _problems(there: Sequence[PlanMember], *, small: bool, delegates: Collection[int]) -> list[str]:
    """What these people lack, by the one rule for teams; the number in words that fit a date."""
    delegated = any(one.id in delegates for one in there)
    problems = team_problems(there, small=small, delegated=delegated)
    least = FEWEST_OF_SMALL if small else FEWEST
    if len(there) < least:
        problems[0] = _("%(number)s can; at least %(least)s are needed.", number=len(there), least=least)
    return problems


def said_by(
    members: Sequence[PlanMember], answers: Mapping[tuple[int, int], WorkshopAnswer], slot_id: int
) -> dict[int, SlotAnswer]:
    """What each of them says to a date, by member id."""
    return {one.id: answers[slot_id, one.id].answer for one in members if (slot_id, one.id) in answers}


def country_name(code: str) -> str:
    """What a country is called in the reader's language."""
    return str(get_locale().territories.get(code, code))


def days_of(slot: WorkshopSlot, zone: str) -> list[date]:
    """The days on which a date is, in the workshop's zone, each once."""
    return list(dict.fromkeys(to_local(start, zone).date() for _number, start, _end in halves(slot)))


def warnings(slot: WorkshopSlot, zone: str, countries: Sequence[str]) -> list[str]:
    """What speaks against a date: holidays and weekends in these countries, those that are the same in one line."""
    found: dict[tuple[date, str | None], list[str]] = {}
    for day in days_of(slot, zone):
        for code in countries:
            name = holiday(code, day)
            if name is not None or is_weekend(code, day):
                found.setdefault((day, name), []).append(country_name(code))
    return [_warning(day, name, there) for (day, name), there in found.items()]


def _warning(day: date, name: str | None, countries: Sequence[str]) -> str:
    values = {"day": day_text(day), "countries": format_list(countries, locale=get_locale())}
    if name is None:
        return _("%(day)s is a weekend in %(countries)s.", **values)
    return _("%(day)s is a holiday in %(countries)s: %(name)s.", name=name, **values)


def unknown_holidays(countries: Sequence[str]) -> list[str]:
    """For which countries the list of holidays is not whole, in words."""
    found = []
    for code in countries:
        if not is_known(code):
            found.append(_("Holidays of %(country)s are not in our list.", country=country_name(code)))
        elif code in MOON:
            name = country_name(code)
            found.append(
                _("Of %(country)s only holidays with a fixed date are in our list; feasts by the moon are not.", country=name)
            )
    return found
