"""Amounts with two decimals: money, targets, shares. Exact on both databases, in Python and in sums.

Kept as a whole number of hundredths: SQLite has no decimals, and a float is no amount of money.
"""

import re
from decimal import Decimal

from sqlalchemy import BigInteger
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

LARGEST = Decimal("999999999999.99")
_HUNDREDTH = Decimal("0.01")
_BLANKS = re.compile(r"[\s\u00a0\u202f'’]")
# Whole thousands set apart by one sort of mark, and at most two decimals behind another.
_GROUPED = re.compile(r"-?\d{1,3}(?:(?P<mark>[.,])\d{3})(?:(?P=mark)\d{3})*(?:(?!(?P=mark))[.,]\d{1,2})?")
_PLAIN = re.compile(r"-?\d+(?:[.,]\d{1,2})?")


class Hundredths(TypeDecorator[Decimal]):
    """A `Decimal` with two decimals, at most twelve digits before them. Sums and comparisons in SQL are exact."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | int | None, _dialect: Dialect) -> int | None:
        """Refuses what has more than two decimals or too many digits."""
        if value is None:
            return None
        exact = Decimal(value).scaleb(2)
        if exact != exact.to_integral_value() or abs(exact) > LARGEST.scaleb(2):
            raise ValueError(f"not an amount with two decimals: {value!r}")
        return int(exact)

    def process_result_value(self, value: int | Decimal | None, _dialect: Dialect) -> Decimal | None:
        """Back to an amount; a sum on Postgres comes as a decimal."""
        return None if value is None else Decimal(value).scaleb(-2).quantize(_HUNDREDTH)


def read_amount(text: str) -> Decimal | None:
    """The amount that somebody typed, with a comma or a point and with thousands set apart or not; none if it is no amount.

    A mark with three digits behind it stands for thousands, since there are never more than two decimals.
    """
    bare = _BLANKS.sub("", text).replace("−", "-")
    if not bare.isascii():
        return None
    if grouped := _GROUPED.fullmatch(bare):
        bare = bare.replace(grouped["mark"], "")
    elif not _PLAIN.fullmatch(bare):
        return None
    amount = Decimal(bare.replace(",", "."))
    return amount.quantize(_HUNDREDTH) if abs(amount) <= LARGEST else None


def plain_amount(amount: Decimal | None) -> str:
    """The amount as a form and a file show it: with a point, and decimals only where there are any."""
    if amount is None:
        return ""
    return f"{amount:.2f}".removesuffix(".00")
