"""Where each of the demo's joint plans stands."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from eventapp.overview.demo.companies import ACCRA, ALPEN, DONAU
from eventapp.plans.models import PlanKind, PlanStatus

_S = PlanStatus


@dataclass(frozen=True)
class Shape:
    """A plan of the demo: where it stands, when it began in months from now, how it goes, and how many actions are open.

    `reached` is what was reached of the targets so far; `signed` how many people of all have signed what is in signature.
    With `reads` some of its actual values are read from training and registrations; `delegated` if the vendor's sponsor lets
    somebody else sign; `suspended` while nobody knows what becomes of the company.
    """

    status: PlanStatus
    starts: int
    actions: int = 0
    reached: Decimal | None = None
    signed: int = 0
    kind: PlanKind = PlanKind.PARTNER
    currency: str = "EUR"
    domain: str = ""
    amending: bool = False
    reads: bool = False
    delegated: bool = False
    suspended: bool = False


def _active(starts: int, reached: str, **values: Any) -> Shape:
    return Shape(_S.ACTIVE, starts, 4, Decimal(reached), **values)


ALLIANCE, DISTRIBUTOR = PlanKind.ALLIANCE, PlanKind.DISTRIBUTOR
SHAPES = (
    _active(-8, "1.04", domain=DONAU, reads=True),
    Shape(_S.IN_SIGNATURE, 4, 2, signed=4, domain=DONAU),
    _active(-7, "0.86", domain=ALPEN, kind=DISTRIBUTOR),
    Shape(_S.WORKSHOP, 2, 2, domain=ACCRA, currency="USD"),
    _active(-9, "0.97", kind=ALLIANCE, currency="USD"),
    Shape(_S.IN_SIGNATURE, 1, 2, signed=2, kind=DISTRIBUTOR, delegated=True),
    _active(-8, "1.10", reads=True),
    _active(-8, "0.99", currency="CHF"),
    _active(-5, "0.91", reads=True),
    _active(-5, "0.72", currency="GBP"),
    _active(-11, "0.64"),
    _active(-11, "1.01", amending=True, reads=True),
    _active(-4, "0.96", currency="SEK"),
    _active(-8, "0.83"),
    Shape(_S.ACTIVE, -2, 0, Decimal(1)),
    Shape(_S.IN_SIGNATURE, 2, 2),
    Shape(_S.FINAL_REVIEW, 2, 2),
    Shape(_S.FINAL_REVIEW, 3, 2, currency="GBP", suspended=True),
    Shape(_S.WORKSHOP, 2, 2),
    Shape(_S.WORKSHOP, 3, 2),
    Shape(_S.DRAFT, 3),
    Shape(_S.DRAFT, 4),
    Shape(_S.COMPLETED, -14, reached=Decimal("0.98")),
    Shape(_S.COMPLETED, -15, reached=Decimal("0.81"), currency="GBP"),
    Shape(_S.CANCELLED, 2),
)
