"""What objectives come to when they are added up. Currencies are never mixed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, NamedTuple

from eventapp.plans.models import Direction, Objective, ObjectiveCategory, ObjectiveUnit, RollUp

NOUGHT = Decimal(0)
# What adds up over plans: money, each currency by itself, and whole things.
ADDED_UNITS = (ObjectiveUnit.CURRENCY, ObjectiveUnit.COUNT)


def adds_up(one: Objective) -> bool:
    """Whether an objective can be added to others of its kind."""
    return one.roll_up is RollUp.ADDITIVE and one.direction is not Direction.BAND and one.unit in ADDED_UNITS


@dataclass
class Amounts:
    """What so many objectives come to. `annual` are the targets for the year.

    `reached` is what was confirmed, `so_far` the targets of the same quarters, so the two can be compared.
    """

    objectives: int = 0
    annual: Decimal = NOUGHT
    so_far: Decimal = NOUGHT
    reached: Decimal = NOUGHT

    @property
    def percent(self) -> Decimal | None:
        """How much was reached of what was to be reached by then; none where nothing was."""
        return (self.reached * 100 / self.so_far).quantize(Decimal("0.1")) if self.so_far > 0 else None

    def add(self, other: "Amounts") -> None:
        """Adds further objectives of the same kind."""
        for one in fields(Amounts):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


class Sum(NamedTuple):
    """What objectives that add up come to: of a category, in a currency (empty: a number of things)."""

    country: str
    tier: str | None
    category: ObjectiveCategory
    currency: str
    amounts: Amounts


def together(found: Iterable[Sum], key: Callable[[Sum], Any]) -> dict[Any, Amounts]:
    """Sums added up by something that includes category and currency."""
    groups: dict[Any, Amounts] = {}
    for one in found:
        groups.setdefault(key(one), Amounts()).add(one.amounts)
    return groups
