"""Who may be whose buddy, and who suits whom. Pure functions over facts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

MOST_AT_ONCE = 5
SAME_COUNTRY, SAME_LANGUAGE, SAME_INTEREST = 3, 2, 1
MOST_INTERESTS = 5
# For so long a newcomer does not ask the same company again, whoever has ended it: each time all of its admins get a mail.
PAUSE = timedelta(days=30)


class PairSide(StrEnum):
    """Which of the two a company is."""

    NEWCOMER = "newcomer"
    BUDDY = "buddy"


@dataclass(frozen=True)
class About:
    """What is compared of a company."""

    country_code: str
    languages: frozenset[str] = frozenset()
    interests: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Volunteer:
    """A pioneer who offers to be a buddy; `free` is for how many more."""

    company_id: int
    name: str
    country: str
    note: str
    free: int
    about: About


@dataclass(frozen=True)
class Match:
    """A volunteer with what both have in common, and how much that counts."""

    volunteer: Volunteer
    same_country: bool
    languages: tuple[str, ...]
    interests: tuple[str, ...]

    @property
    def score(self) -> int:
        """The higher, the better they suit each other."""
        interests = min(len(self.interests), MOST_INTERESTS) * SAME_INTEREST
        return self.same_country * SAME_COUNTRY + bool(self.languages) * SAME_LANGUAGE + interests


def matches(newcomer: About, volunteers: Collection[Volunteer]) -> Sequence[Match]:
    """Those who take on somebody more, the best first, then by name."""
    found = [
        Match(
            one,
            one.about.country_code == newcomer.country_code,
            tuple(sorted(one.about.languages & newcomer.languages)),
            tuple(sorted(one.about.interests & newcomer.interests)),
        )
        for one in volunteers
        if one.free > 0
    ]
    return sorted(found, key=lambda match: (-match.score, match.volunteer.name.casefold(), match.volunteer.company_id))
