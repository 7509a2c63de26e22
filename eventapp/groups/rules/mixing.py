"""Making the number of pairs of colleagues in the same group the smallest that there is.

Pairs are a convex cost of a flow from companies to groups, so a placing is the best of all exactly when no round of
moves lowers it: somebody goes from a group to another, from where somebody goes to a third, until a place is free or the
first group is reached again. The rounds are looked for as negative cycles (Bellman and Ford) over the groups.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

# Stands for free places in a round of moves.
OUTSIDE = 0
Arc = tuple[int, int, int, int]


@dataclass
class Mix:
    """A placing on the way to fewer pairs. `movable` may be put elsewhere, where `may` allows it: (guest, group)."""

    at: dict[int, int]
    free: dict[int, int]
    companies: Mapping[int, str]
    movable: Iterable[int]
    may: Callable[[int, int], bool]

    def improve(self, least: int) -> None:
        """Carries out rounds of moves until none helps, or no fewer than `least` pairs are left."""
        count: Counter[tuple[str, int]] = Counter()
        for guest, group in self.at.items():
            count[self.companies[guest], group] += 1
        while sum(n * (n - 1) // 2 for n in count.values()) > least:
            cycle = _negative_cycle([OUTSIDE, *self.free], self._arcs(count))
            if not cycle:
                return
            for _from, to, _cost, guest in cycle:
                if guest:
                    company = self.companies[guest]
                    count[company, self.at[guest]] -= 1
                    count[company, to] += 1
                    self.free[self.at[guest]] += 1
                    self.free[to] -= 1
                    self.at[guest] = to

    def _arcs(self, count: Counter[tuple[str, int]]) -> list[Arc]:
        """From group to group the move that costs least, in pairs; and the ways to and from free places."""
        here: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for guest in self.movable:
            here[self.at[guest]][self.companies[guest]].append(guest)
        found: list[Arc] = []
        for group, companies in here.items():
            found.append((OUTSIDE, group, 0, 0))
            for other in self.free:
                if other != group:
                    best = self._cheapest(group, other, companies, count)
                    found += [(group, other, *best)] if best else []
        found += [(group, OUTSIDE, 0, 0) for group, free in self.free.items() if free > 0]
        return found

    def _cheapest(
        self, group: int, other: int, companies: dict[str, list[int]], count: Counter[tuple[str, int]]
    ) -> tuple[int, int] | None:
        best: tuple[int, int] | None = None
        for company, guests in companies.items():
            cost = count[company, other] - count[company, group] + 1
            if best is None or cost < best[0]:
                guest = next((g for g in guests if self.may(g, other)), None)
                if guest is not None:
                    best = (cost, guest)
        return best


def _negative_cycle(nodes: list[int], arcs: list[Arc]) -> list[Arc]:
    """The arcs of a cycle whose costs add up to less than nothing; empty if there is none."""
    distance = dict.fromkeys(nodes, 0)
    came: dict[int, Arc] = {}
    last = None
    for _round in nodes:
        last = None
        for arc in arcs:
            start, end, cost, _guest = arc
            if distance[start] + cost < distance[end]:
                distance[end] = distance[start] + cost
                came[end] = arc
                last = end
        if last is None:
            return []
    assert last is not None
    for _step in nodes:  # whoever was reached in the last round lies behind a cycle
        last = came[last][0]
    cycle, node = [], last
    while True:
        arc = came[node]
        cycle.append(arc)
        node = arc[0]
        if node == last:
            return cycle
