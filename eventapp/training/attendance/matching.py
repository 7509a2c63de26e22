"""Whose a line of a report or a sheet is, among those who are enrolled: pure, over facts read before."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from eventapp.core.text import fold
from eventapp.training.models import MatchedRow

# What meeting tools put behind a name: "(Guest)", "(Gast)", "[External]", "(Unverified)".
_REMARK = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*$")
_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_TOKEN = re.compile(r"[A-Za-z0-9._~=-]{8,200}")
SUGGESTED = 3
LIKELY = 0.45


@dataclass(frozen=True)
class Enrolled:
    """Somebody of the roster, by what they can be found: names, addresses in normal form, and tokens or codes."""

    enrolment_id: int
    name: str
    company: str = ""
    names: tuple[str, ...] = ()
    addresses: frozenset[str] = frozenset()
    tokens: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Found:
    """A line's enrolment and how it was found."""

    enrolment_id: int
    how: MatchedRow


def plain(name: str) -> str:
    """A name without remarks of the tool behind it."""
    while (shorter := _REMARK.sub("", name)) != name:
        name = shorter
    return name.strip()


def key_of(name: str) -> str:
    """A name without order, accents, case and signs: "van 't Hof, Maarten" is "Maarten van 't Hof"."""
    return " ".join(sorted(_WORD.findall(fold(plain(name)))))


def token_in(cell: str) -> str:
    """The token in a cell that holds one, or a whole join link; empty if there is none."""
    last = cell.strip().rstrip("/").rpartition("/")[2].partition("?")[0]
    return last if _TOKEN.fullmatch(last) else ""


@dataclass
class Roster:
    """Those who are enrolled, to be found by token, then address, then name. What several have finds nobody."""

    people: Sequence[Enrolled]
    # Lines that somebody has matched by hand before: key → enrolment.
    decided: dict[tuple[str, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._tokens = _only((token, one) for one in self.people for token in one.tokens)
        self._addresses = _only((address, one) for one in self.people for address in one.addresses)
        self._names = _only((key, one) for one in self.people for key in {key_of(n) for n in (one.name, *one.names)} if key)
        self._by_id = {one.enrolment_id: one for one in self.people}

    def by_address(self, token: str, address: str) -> Found | None:
        """Whose the token or the address is, which leave no doubt."""
        if token and (one := self._tokens.get(token)):
            return Found(one.enrolment_id, MatchedRow.TOKEN)
        if address and (one := self._addresses.get(address.lower())):
            return Found(one.enrolment_id, MatchedRow.ADDRESS)
        return None

    def by_name(self, name: str, address: str = "") -> Found | None:
        """Whose the name is, if only one of the roster has it; or as somebody has said for such a line before."""
        before = self.decided.get((key_of(name), address.lower()))
        if before in self._by_id:
            return Found(before, MatchedRow.HAND)
        one = self._names.get(key_of(name))
        return Found(one.enrolment_id, MatchedRow.NAME) if one else None

    def suggest(self, name: str, address: str = "") -> list[Enrolled]:
        """The likeliest people for a line that was matched to nobody, at most three."""
        scored = [(score, one) for one in self.people if (score := max(_alike(name, address, n) for n in (one.name, *one.names)))]
        scored.sort(key=lambda pair: (-pair[0], pair[1].name, pair[1].enrolment_id))
        return [one for score, one in scored[:SUGGESTED] if score >= LIKELY]


def _only(pairs: Iterable[tuple[str, Enrolled]]) -> dict[str, Enrolled]:
    """By key those that only one has."""
    found: dict[str, set[Enrolled]] = defaultdict(set)
    for key, one in pairs:
        found[key].add(one)
    return {key: next(iter(ones)) for key, ones in found.items() if len(ones) == 1}


def _alike(name: str, address: str, theirs: str) -> float:
    """How alike a line and a name are, 0 to 1: words in common, initials, letters, and the address's first half."""
    mine, other = key_of(name).split(), key_of(theirs).split()
    if not mine or not other:
        return 0.0
    left = list(other)
    points = 0.0
    for word in mine:
        hit = next((one for one in left if one == word), None)
        if hit is None and len(word) == 1:
            hit = next((one for one in left if one.startswith(word)), None)
        if hit is not None:
            left.remove(hit)
            points += 1.0 if len(hit) > 1 and hit == word else 0.4
    shared = points / min(len(mine), len(other))
    letters = SequenceMatcher(None, " ".join(mine), " ".join(other)).ratio()
    local = "".join(_WORD.findall(fold(address.partition("@")[0])))
    by_address = 0.5 if any(len(word) > 3 and word in local for word in other) else 0.0
    return min(1.0, max(shared * 0.9, letters if letters >= 0.7 else 0.0, by_address))
