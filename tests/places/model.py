"""The places engine as slowly and plainly as possible: lists, no counters, everything looked at anew after each act."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Seat:
    """A booking of `size` places in each of its pools."""

    number: int
    pools: list[str]
    turn: int
    size: int = 1
    group: int | None = None
    party: int | None = None
    rank: int = 0
    state: str = "waiting"
    waits_for: str | None = None


@dataclass
class Model:
    """Pools with capacities, in the order of their ids, and bookings with turns. Who waits stands in one pool's queue.

    The first of a queue, with its whole group, is seated as soon as all pools that they need have room and nobody waits
    there who comes before; if another pool stands in the way, they go to that queue.
    """

    capacity: dict[str, int | None]
    order: dict[str, str] = field(default_factory=dict)
    seats: dict[int, Seat] = field(default_factory=dict)

    def taken(self, pool: str) -> int:
        return sum(s.size for s in self.seats.values() if s.state in ("held", "offered") and pool in s.pools)

    def room(self, pool: str, size: int) -> bool:
        capacity = self.capacity[pool]
        return capacity is None or self.taken(pool) + size <= capacity

    def key(self, pool: str, seat: Seat) -> tuple[int, int, int, int]:
        lead = 0
        if self.order.get(pool) == "by_rank":
            lead = seat.rank
        if self.order.get(pool) == "round_robin":
            theirs = [s for s in self.seats.values() if s.party == seat.party and s.state in ("held", "offered")]
            lead = sum(s.size for s in theirs if pool in s.pools)
        return (lead, seat.turn, seat.group or seat.number, seat.number)

    def queue(self, pool: str) -> list[Seat]:
        return sorted((s for s in self.seats.values() if s.waits_for == pool), key=lambda s: self.key(pool, s))

    def unit(self, seat: Seat) -> list[Seat]:
        return [s for s in self.seats.values() if s is seat or (seat.group and s.group == seat.group and s.waits_for)]

    def full(self, seat: Seat, need: Counter[str]) -> str | None:
        for pool in sorted(need, key=lambda p: (p != seat.waits_for, list(self.capacity).index(p))):
            ahead = self.queue(pool)[:1]
            before = [s for s in ahead if pool != seat.waits_for and self.key(pool, s) < self.key(pool, seat)]
            if not self.room(pool, need[pool]) or before:
                return pool
        return None

    def settle(self) -> None:
        while self.step():
            pass

    def step(self) -> bool:
        """Seats or sends on the first who can; whether there was anybody."""
        heads = [self.queue(pool)[0] for pool in self.capacity if self.queue(pool) and self.room(pool, 1)]
        for head in sorted(heads, key=lambda s: (s.turn, s.group or s.number, s.number)):
            unit = self.unit(head)
            full = self.full(head, needs(unit))
            if full != head.waits_for:
                for seat in unit:
                    seat.waits_for, seat.state = full, "waiting" if full else "held"
                return True
        return False

    def book(self, seats: list[Seat]) -> None:
        units: dict[object, list[Seat]] = {}
        for seat in seats:
            units.setdefault(seat.group or ("alone", seat.number), []).append(seat)
        for unit in units.values():
            need = needs(unit)
            full = next((p for p in need if self.queue(p) or not self.room(p, need[p])), None)
            for seat in unit:
                seat.waits_for, seat.state = full, "waiting" if full else "held"
                self.seats[seat.number] = seat
        self.settle()

    def release(self, numbers: list[int]) -> None:
        groups = {self.seats[n].group for n in numbers if self.seats[n].waits_for}
        for number in numbers:
            self.seats[number].state, self.seats[number].waits_for = "released", None
        for group in sorted(g for g in groups if g):
            self.queue_anew([s for s in self.seats.values() if s.group == group and s.waits_for])
        self.settle()

    def queue_anew(self, unit: list[Seat]) -> None:
        need = needs(unit)
        if unit and unit[0].waits_for not in need:
            for seat in unit:
                seat.waits_for = next(p for p in self.capacity if p in need)

    def rebook(self, number: int, turn: int | None) -> None:
        seat = self.seats[number]
        if seat.state != "released":
            return
        if turn is not None:
            seat.turn, seat.group = turn, None
        full = next((s.waits_for for s in self.unit(seat) if s.waits_for), None)
        for pool in reversed(self.capacity):
            if not full and pool in seat.pools and (self.queue(pool) or not self.room(pool, seat.size)):
                full = pool
        seat.state, seat.waits_for = "waiting" if full else "held", full
        self.settle()

    def move(self, number: int, old: str, new: str) -> bool:
        """Whether it could be moved."""
        seat = self.seats[number]
        if seat.waits_for == old or (seat.state in ("held", "offered") and (self.queue(new) or not self.room(new, seat.size))):
            return False
        seat.pools = [new if pool == old else pool for pool in seat.pools]
        self.settle()
        return True

    def resize(self, number: int, size: int) -> bool:
        """Whether it could be resized."""
        seat = self.seats[number]
        more = size - seat.size
        if seat.state not in ("held", "offered"):
            return False
        if more > 0 and any(self.queue(pool) or not self.room(pool, more) for pool in seat.pools):
            return False
        seat.size = size
        self.settle()
        return True

    def set_rank(self, ranks: dict[int, int]) -> None:
        for number in ranks:
            seat = self.seats[number]
            seat.rank = min(r for n, r in ranks.items() if n == number or (seat.group and self.seats[n].group == seat.group))
        self.settle()

    def split(self, number: int) -> None:
        seat = self.seats[number]
        if seat.waits_for and seat.group:
            rest = [s for s in self.unit(seat) if s is not seat]
            seat.group = None
            self.queue_anew([seat])
            self.queue_anew(rest)
        self.settle()

    def positions(self, pool: str) -> list[int]:
        """Who waits for the pool, in the order in which they would be seated if places came free one by one."""
        queue, order = self.queue(pool), []
        ahead: Counter[int | None] = Counter()
        while queue:
            first = min(queue, key=lambda s: (self.lead_after(pool, s, ahead), *self.key(pool, s)[1:]))
            unit = [s for s in queue if s is first or (first.group and s.group == first.group)]
            for seat in unit:
                queue.remove(seat)
                order.append(seat.number)
                ahead[first.party] += seat.size
        return order

    def lead_after(self, pool: str, seat: Seat, ahead: Counter[int | None]) -> int:
        return self.key(pool, seat)[0] + (ahead[seat.party] if self.order.get(pool) == "round_robin" else 0)

    def states(self) -> dict[int, str]:
        return {number: seat.state for number, seat in self.seats.items()}


def needs(unit: list[Seat]) -> Counter[str]:
    """How many places of each pool they need together, in the order in which they name the pools."""
    need: Counter[str] = Counter()
    for seat in unit:
        for pool in seat.pools:
            need[pool] += seat.size
    return need
