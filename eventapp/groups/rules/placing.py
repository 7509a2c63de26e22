"""Placing people into groups.

In this order: nobody above a capacity, who is pinned stays, access needs near the door, together, apart, and at last
colleagues into different groups. The same facts and seed give the same placing.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from random import Random

from eventapp.groups.models import RuleKind
from eventapp.groups.rules.facts import Binding, Facts, Guest, Seats, fewest_pairs
from eventapp.groups.rules.mixing import Mix

Cost = tuple[int, int, int, int, int, int]


def place(facts: Facts, seed: int) -> dict[int, int]:
    """The group of each guest, by id; who finds no place is left out. Those who are seated stay where they are."""
    return _Board(facts, seed).fill()


class _Board:
    """Groups while they are filled."""

    def __init__(self, facts: Facts, seed: int) -> None:
        self.facts = facts
        self.random = Random(seed)
        self.guests = {guest.id: guest for guest in facts.guests}
        self.groups = {group.id: group for group in facts.groups}
        ranks = list(range(len(facts.groups)))
        self.random.shuffle(ranks)
        self.rank = dict(zip(self.groups, ranks, strict=True))
        self.free = {group.id: group.room for group in facts.groups}
        self.at: dict[int, int] = {}
        self.count: Counter[tuple[str, int]] = Counter()
        self.apart = [rule for rule in facts.rules if rule.kind is RuleKind.APART]
        self.sides: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for n, rule in enumerate(self.apart):
            for m, member in enumerate(rule.members):
                for guest in member:
                    self.sides[guest].append((n, m))
        # By apart rule and group: how many of each of its members sit there.
        self.present: Counter[tuple[int, int, int]] = Counter()
        self.zones = _zones(self.apart, facts.groups)

    def fill(self) -> dict[int, int]:
        """Seats everybody for whom there is a place."""
        for guest, group in self.facts.seated.items():
            if guest in self.guests and group in self.groups:
                self._seat(guest, group)
        waiting = [guest.id for guest in self.facts.guests if guest.id not in self.at]
        coming = set(waiting[: max(0, sum(self.free.values()))])
        units = self._units(coming)
        bound = [unit for unit in units if self._is_bound(unit)]
        for unit in sorted(bound, key=self._difficulty):
            self._seat_unit(unit)
        single = [unit[0] for unit in units if not self._is_bound(unit)]
        for guest in self._dealt(single):
            self._seat_single(guest)
        if self.facts.mixes:
            self._mix()
        return self.at

    def _seat(self, guest: int, group: int) -> None:
        self.at[guest] = group
        self.free[group] -= 1
        self.count[self.guests[guest].company, group] += 1
        for n, m in self.sides.get(guest, ()):
            self.present[n, m, group] += 1

    def _units(self, coming: set[int]) -> list[list[int]]:
        """Who comes together, in the order of the guests; whoever is in no such rule comes alone."""
        leader = {guest: guest for guest in self.guests}

        def lead(guest: int) -> int:
            while leader[guest] != guest:
                leader[guest] = leader[leader[guest]]
                guest = leader[guest]
            return guest

        for rule in self.facts.rules:
            if rule.kind is RuleKind.TOGETHER:
                members = [guest for guest in sorted(rule.guests) if guest in leader]
                for guest in members[1:]:
                    leader[lead(guest)] = lead(members[0])
        self.joined: dict[int, list[int]] = defaultdict(list)
        for guest in self.guests:
            self.joined[lead(guest)].append(guest)
        self.joined = {g: unit for unit in self.joined.values() for g in unit}
        found: dict[int, list[int]] = {}
        for guest in self.guests:
            if guest in coming:
                found.setdefault(lead(guest), []).append(guest)
        return list(found.values())

    def _is_bound(self, unit: Sequence[int]) -> bool:
        return len(self.joined[unit[0]]) > 1 or any(guest in self.sides or self._needs_door(guest) for guest in unit)

    def _needs_door(self, guest: int) -> bool:
        return self.facts.near_door and self.guests[guest].near_door

    def _difficulty(self, unit: Sequence[int]) -> tuple[bool, int, int, int]:
        """The hardest first: near the door, then the largest, then those with the most rules."""
        door = any(self._needs_door(guest) for guest in unit)
        return (not door, -len(unit), -sum(len(self.sides.get(guest, ())) for guest in unit), unit[0])

    def _dealt(self, guests: Sequence[int]) -> list[int]:
        """In which order people without rules get their places: the largest companies first."""
        companies: dict[str, list[int]] = defaultdict(list)
        for guest in guests:
            companies[self.guests[guest].company].append(guest)
        names = list(companies)
        self.random.shuffle(names)
        return [guest for name in sorted(names, key=lambda name: -len(companies[name])) for guest in companies[name]]

    def _seat_unit(self, unit: Sequence[int]) -> None:
        """Where it costs least. A unit for which no group has room is split: who can sits with the others."""
        with_them = [self.at[guest] for guest in self.joined[unit[0]] if guest in self.at]
        if with_them and self.free[with_them[0]] >= len(unit):
            group = with_them[0]
        else:
            fitting = [group for group, free in self.free.items() if free >= len(unit)]
            if not fitting:
                for guest in unit if len(unit) > 1 else ():
                    self._seat_unit([guest])
                return
            group = min(fitting, key=lambda group: self._cost(unit, group))
        for guest in unit:
            self._seat(guest, group)

    def _seat_single(self, guest: int) -> None:
        """The same for somebody whom only mixing concerns: most people are such, so this is quick."""
        count, free, rank, mixes = self.count, self.free, self.rank, self.facts.mixes
        company = self.guests[guest].company
        fitting = [(count[company, group] if mixes else 0, -left, rank[group], group) for group, left in free.items() if left > 0]
        if fitting:
            self._seat(guest, min(fitting)[-1])

    def _cost(self, unit: Sequence[int], group: int) -> Cost:
        guests = [self.guests[guest] for guest in unit]
        door = not self.groups[group].near_door and any(self._needs_door(guest.id) for guest in guests)
        foes = sum(self._foes(guest, group) for guest in unit)
        outside = sum(group not in self.zones[side] for guest in unit for side in self.sides.get(guest, ()) if side in self.zones)
        near = self._colleagues(guests, group) if self.facts.mixes else 0
        return (int(door), foes, outside, near, -self.free[group], self.rank[group])

    def _colleagues(self, guests: Sequence[Guest], group: int) -> int:
        found = 0
        for company, people in Counter(guest.company for guest in guests).items():
            found += people * self.count[company, group]
        return found

    def _foes(self, guest: int, group: int) -> int:
        """How many sit there already from whom a rule keeps the guest apart."""
        found = 0
        for n, m in self.sides.get(guest, ()):
            members = range(len(self.apart[n].members))
            found += sum(self.present[n, other, group] for other in members if other != m)
        return found

    def _mix(self) -> None:
        movable = [
            guest
            for guest in self.at
            if guest not in self.facts.seated and guest not in self.sides and len(self.joined[guest]) == 1
        ]
        companies = self.facts.companies()
        least = fewest_pairs((companies[guest] for guest in self.at), len(self.groups)) if self.groups else 0
        Mix(self.at, self.free, companies, movable, self._may).improve(least)

    def _may(self, guest: int, group: int) -> bool:
        """Whether the guest may go there without losing a place near the door."""
        return not self._needs_door(guest) or self.groups[group].near_door or not self.groups[self.at[guest]].near_door


def _zones(apart: Sequence[Binding], groups: Sequence[Seats]) -> dict[tuple[int, int], frozenset[int]]:
    """Where members of a rule have more people than there are groups, each gets groups of its own, in proportion."""
    found: dict[tuple[int, int], frozenset[int]] = {}
    ids = [group.id for group in groups]
    for n, rule in enumerate(apart):
        sizes = [len(member) for member in rule.members]
        if sum(min(size, len(ids)) for size in sizes) <= len(ids):
            continue
        start, total, before = 0, sum(sizes), 0
        for m, size in enumerate(sizes):
            before += size
            end = max(start + 1, round(len(ids) * before / total))
            found[n, m] = frozenset(ids[start:end])
            start = end
    return found
