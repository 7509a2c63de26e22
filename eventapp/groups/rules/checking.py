"""What a placing does not fulfil, and the reason why it could not."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from eventapp.groups.models import RuleKind
from eventapp.groups.rules.facts import Binding, Facts, Places, fewest_pairs, pairs


class Lack(StrEnum):
    """Which rule does not hold."""

    PLACES = "places"
    NEAR_DOOR = "near_door"
    TOGETHER = "together"
    APART = "apart"
    MIX = "mix"


class Why(StrEnum):
    """Why it does not. `open`: nothing stands against it, an automatic placing would do it."""

    FULL = "full"
    NO_GROUPS = "no_groups"
    PINNED = "pinned"
    TOO_LARGE = "too_large"
    CONTRARY = "contrary"
    FEW_GROUPS = "few_groups"
    OPEN = "open"


@dataclass(frozen=True)
class Problem:
    """A rule that does not hold: for how many `people` or pairs, and the `least` for which it must not.

    `rule` is the id of a rule about certain people or companies; `guests` whom it concerns, never for access needs.
    """

    lack: Lack
    why: Why
    people: int
    least: int = 0
    rule: int | None = None
    guests: tuple[int, ...] = ()


def problems(facts: Facts, places: Places) -> list[Problem]:
    """What a placing of these facts does not fulfil, the most important first."""
    known = {guest.id for guest in facts.guests}
    here = {guest: group for guest, group in places.items() if guest in known}
    found = _without_place(facts, here)
    if facts.near_door:
        found += _far_from_door(facts, here)
    for rule in facts.rules:
        found += _split(facts, rule, here) if rule.kind is RuleKind.TOGETHER else _met(facts, rule, here)
    if facts.mixes and facts.groups:
        found += _colleagues(facts, here)
    return found


def _without_place(facts: Facts, here: Places) -> list[Problem]:
    missing = len(facts.guests) - len(here)
    if not missing:
        return []
    room = sum(group.room for group in facts.groups) - len(here)
    if not facts.groups:
        return [Problem(Lack.PLACES, Why.NO_GROUPS, missing)]
    return [Problem(Lack.PLACES, Why.FULL if room <= 0 else Why.OPEN, missing, max(0, missing - room))]


def _far_from_door(facts: Facts, here: Places) -> list[Problem]:
    near = {group.id: group.room for group in facts.groups if group.near_door}
    needing = {guest.id for guest in facts.guests if guest.near_door}
    far = [guest for guest in needing if guest in here and here[guest] not in near]
    if not far:
        return []
    if not near:
        return [Problem(Lack.NEAR_DOOR, Why.NO_GROUPS, len(far))]
    least = max(0, len(needing) - sum(near.values()))
    if all(guest in facts.seated for guest in far):
        return [Problem(Lack.NEAR_DOOR, Why.PINNED, len(far), least)]
    return [Problem(Lack.NEAR_DOOR, Why.FULL if len(far) <= least else Why.OPEN, len(far), least)]


def _split(facts: Facts, rule: Binding, here: Places) -> list[Problem]:
    """A rule whose people are to be together, but are not."""
    guests = tuple(sorted(rule.guests & {guest.id for guest in facts.guests}))
    groups = {here.get(guest) for guest in guests}
    if len(guests) < 2 or (len(groups) == 1 and None not in groups) or groups == {None}:
        return []
    pinned = {facts.seated[guest] for guest in guests if guest in facts.seated}
    if len(pinned) > 1:
        why = Why.PINNED
    elif any(other.kind is RuleKind.APART and _both(other, guests) for other in facts.rules):
        why = Why.CONTRARY
    elif len(guests) > max((group.room for group in facts.groups), default=0):
        why = Why.TOO_LARGE
    else:
        why = Why.OPEN if None not in groups else Why.FULL
    return [Problem(Lack.TOGETHER, why, len(guests), rule=rule.id, guests=guests)]


def _both(rule: Binding, guests: tuple[int, ...]) -> bool:
    """Whether a rule keeps some of these apart from others of them."""
    return sum(not member.isdisjoint(guests) for member in rule.members) > 1


def _met(facts: Facts, rule: Binding, here: Places) -> list[Problem]:
    """A rule whose members are to be kept apart, but meet in a group."""
    sides: dict[int, set[int]] = defaultdict(set)
    for m, member in enumerate(rule.members):
        for guest in member:
            if guest in here:
                sides[here[guest]].add(m)
    meeting = {group for group, members in sides.items() if len(members) > 1}
    guests = tuple(sorted(guest for guest in rule.guests if here.get(guest) in meeting))
    if not guests:
        return []
    tied = [other for other in facts.rules if other.kind is RuleKind.TOGETHER and _both(rule, tuple(other.guests))]
    if tied:
        why = Why.CONTRARY
    elif all(guest in facts.seated for guest in guests):
        why = Why.PINNED
    elif len(facts.groups) < len(rule.members):
        why = Why.FEW_GROUPS
    else:
        why = Why.OPEN
    return [Problem(Lack.APART, why, len(guests), rule=rule.id, guests=guests)]


def _colleagues(facts: Facts, here: Places) -> list[Problem]:
    companies = facts.companies()
    number = pairs(here, companies)
    if not number:
        return []
    least = fewest_pairs((companies[guest] for guest in here), len(facts.groups))
    guests = tuple(sorted(_sitting_together(here, companies)))
    fixed = all(guest in facts.seated for guest in guests)
    why = Why.FEW_GROUPS if number <= least else Why.PINNED if fixed else Why.OPEN
    return [Problem(Lack.MIX, why, number, least, guests=guests)]


def _sitting_together(here: Places, companies: Mapping[int, str]) -> list[int]:
    count = Counter((group, companies[guest]) for guest, group in here.items())
    return [guest for guest, group in here.items() if count[group, companies[guest]] > 1]


def harms(facts: Facts, guest: int, places: Places) -> bool:
    """Whether a rule that keeps people apart or together does not hold for this guest."""
    return any(problem.rule is not None and guest in problem.guests for problem in problems(facts, places))
