"""What placing people into groups goes by."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from eventapp.groups.models import RuleKind

# More than anybody could seat: the capacity of a group without a limit.
UNLIMITED = 1_000_000


@dataclass(frozen=True)
class Guest:
    """Somebody who takes part, by registration. `company` only tells whether two are colleagues.

    `near_door`: has access needs, of which nothing more is known here.
    """

    id: int
    company: str
    near_door: bool = False


@dataclass(frozen=True)
class Seats:
    """A group: how many people it takes (none: any number), and whether it is near the door."""

    id: int
    capacity: int | None = None
    near_door: bool = False

    @property
    def room(self) -> int:
        """The capacity as a number."""
        return UNLIMITED if self.capacity is None else self.capacity


@dataclass(frozen=True)
class Binding:
    """A rule: its members are to be kept apart or together, each being one person or all guests of a company."""

    id: int
    kind: RuleKind
    members: tuple[frozenset[int], ...]

    @property
    def guests(self) -> frozenset[int]:
        """Everybody whom it is about."""
        return frozenset[int]().union(*self.members)


@dataclass(frozen=True)
class Facts:
    """Everything that a placing goes by. Where places are short, the first of `guests` have them.

    `seated` says who stays where, by guest; `mixes` whether colleagues are put apart, `near_door` whether access needs
    are asked.
    """

    guests: Sequence[Guest]
    groups: Sequence[Seats]
    seated: Mapping[int, int] = field(default_factory=dict)
    rules: Sequence[Binding] = ()
    mixes: bool = True
    near_door: bool = False

    def fingerprint(self) -> str:
        """What tells that nothing has changed since a preview was shown."""
        shown = repr((self.guests, self.groups, sorted(self.seated.items()), self.rules, self.mixes, self.near_door))
        return hashlib.sha256(shown.encode()).hexdigest()[:32]

    def companies(self) -> dict[int, str]:
        """The company of each guest."""
        return {guest.id: guest.company for guest in self.guests}


Places = Mapping[int, int]


def pairs(places: Places, companies: Mapping[int, str]) -> int:
    """How many pairs of colleagues sit in the same group. Who takes part no more counts for none."""
    here = Counter((group, companies[guest]) for guest, group in places.items() if guest in companies)
    return sum(n * (n - 1) // 2 for n in here.values())


def fewest_pairs(companies: Iterable[str], groups: int) -> int:
    """The fewest such pairs that so many groups allow, however large these are: each company spread evenly."""
    found = 0
    for people in Counter(companies).values():
        each, more = divmod(people, groups)
        found += more * (each + 1) * each // 2 + (groups - more) * each * (each - 1) // 2
    return found
