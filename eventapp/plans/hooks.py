"""What plans read from the training programme and from registrations; whoever knows these puts its readers in here.

`overview/plan_readers.py` does so, since plans and training stand beside each other and know nothing of one another.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple, TypeVar

Asked = TypeVar("Asked")
Found = TypeVar("Found")


class Certified(NamedTuple):
    """A question: who of a company (by id; none: of the vendor) holds a course or credential, by its code in capitals."""

    company_id: int | None
    code: str


class Holding(NamedTuple):
    """Somebody's certificate that is neither revoked nor replaced, from one day to the end of another (none: for good).

    `name` is what their company calls them.
    """

    person_id: int
    name: str
    completed_on: date
    expires_on: date | None

    def valid_on(self, day: date) -> bool:
        """Whether it was completed by then and had not ended."""
        return self.completed_on <= day and (self.expires_on is None or self.expires_on >= day)


class Attending(NamedTuple):
    """A question: who of a company is confirmed for an event, by its slug."""

    company_id: int
    slug: str


class Confirmed(NamedTuple):
    """The day on which an event begins where it is, and on which day each of the confirmed people was registered."""

    begins_on: date
    registered_on: Sequence[date]


# Each gives an answer to every question about something that there is, an empty one if there is nobody. People are those who
# belong to the company at that moment; what names no course, credential or event has no answer.
HOLDINGS: list[Callable[[Collection[Certified], datetime], Mapping[Certified, Sequence[Holding]]]] = []
CONFIRMED: list[Callable[[Collection[Attending], datetime], Mapping[Attending, Confirmed]]] = []


def holdings(asked: Collection[Certified], at: datetime) -> Mapping[Certified, Sequence[Holding]]:
    """Who holds what at that moment, for all questions at once."""
    return _all(HOLDINGS, asked, at)


def confirmed(asked: Collection[Attending], at: datetime) -> Mapping[Attending, Confirmed]:
    """Who is confirmed for which events at that moment, for all questions at once."""
    return _all(CONFIRMED, asked, at)


def _all(
    readers: Iterable[Callable[[Collection[Asked], datetime], Mapping[Asked, Found]]], asked: Collection[Asked], at: datetime
) -> dict[Asked, Found]:
    found: dict[Asked, Found] = {}
    for read in readers if asked else ():
        found |= read(asked, at)
    return found


def code_of(typed: str) -> str:
    """The code of a course or credential as it is kept, of what somebody typed; empty if it is none."""
    code = typed.strip()
    return code.upper() if code.isascii() and "\0" not in code else ""


def slug_of(typed: str) -> str:
    """The same of an event."""
    slug = typed.strip().lower()
    return slug if slug.isascii() and "\0" not in slug else ""
