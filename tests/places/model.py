"""The places engine in a few lines: what it promises, as slowly and plainly as possible. Sizes are all one here."""

from dataclasses import dataclass, field


@dataclass
class Seat:
    """A booking of one place in each of its pools."""

    number: int
    pools: list[str]
    turn: int
    state: str = "waiting"


@dataclass
class Model:
    """Pools with capacities, bookings with turns. Whoever waits is seated as soon as all of the pools have room, oldest first."""

    capacity: dict[str, int | None]
    seats: dict[int, Seat] = field(default_factory=dict)

    def taken(self, pool: str) -> int:
        return sum(seat.state == "held" and pool in seat.pools for seat in self.seats.values())

    def room(self, pool: str) -> bool:
        capacity = self.capacity[pool]
        return capacity is None or self.taken(pool) < capacity

    def fits(self, seat: Seat) -> bool:
        return all(self.room(pool) for pool in seat.pools)

    def settle(self) -> None:
        """Seats whoever can be seated, oldest turn first."""
        while True:
            waiting = sorted((s for s in self.seats.values() if s.state == "waiting"), key=lambda s: (s.turn, s.number))
            fitting = next((s for s in waiting if self.fits(s)), None)
            if fitting is None:
                return
            fitting.state = "held"

    def book(self, number: int, pools: list[str], turn: int) -> None:
        self.seats[number] = Seat(number, pools, turn)
        self.settle()

    def release(self, numbers: list[int]) -> None:
        for number in numbers:
            self.seats[number].state = "released"
        self.settle()

    def rebook(self, number: int) -> None:
        if self.seats[number].state == "released":
            self.seats[number].state = "waiting"
        self.settle()

    def set_capacity(self, pool: str, capacity: int | None) -> None:
        self.capacity[pool] = capacity
        self.settle()

    def states(self) -> dict[int, str]:
        return {number: seat.state for number, seat in self.seats.items()}
