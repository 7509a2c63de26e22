"""Rows of sections on paper. Whatever was signed is printed: what has no column of its own stands below the first one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from flask_babel import format_currency, format_decimal

from eventapp.core.i18n import _, _l
from eventapp.plans.content.lines import quarter_name
from eventapp.plans.models import QUARTERS, ObjectiveUnit, SectionKind
from eventapp.plans.signing.reading import Words, label

OWNERS = ("owner_a_id", "owner_b_id")


class Column(NamedTuple):
    """A column: its head, the fields that stand in it, and its part of the width (0: as wide as it has to be)."""

    label: Any
    names: tuple[str, ...]
    width: float = 0
    numeric: bool = False


LAYOUTS: dict[SectionKind, Sequence[Column]] = {
    SectionKind.SWOT: (
        Column(_l("What"), ("text",), 6),
        Column(_l("Kind"), ("quadrant",), 2),
        Column(_l("Said by"), ("side",), 3),
    ),
    SectionKind.ACCOUNTS: (
        Column(_l("Customer"), ("customer",), 5),
        Column(_l("Owners"), OWNERS, 3),
        Column(_l("Expected"), ("expected",), 2, numeric=True),
    ),
    SectionKind.INITIATIVES: (
        Column(_l("Initiative"), ("name",), 5),
        Column(_l("Kind"), ("kind",)),
        Column(_l("Quarter"), ("quarter",)),
        Column(_l("Owners"), OWNERS, 3),
        Column(_l("Budget"), ("budget",), 2, numeric=True),
    ),
    SectionKind.ENABLEMENT: (
        Column(_l("Course or credential"), ("title",), 5),
        Column(_l("People"), ("head_count",), numeric=True),
        Column(_l("Of"), ("for_side",), 3),
        Column(_l("Until the end of"), ("due_quarter",)),
        Column(_l("Owners"), OWNERS, 3),
    ),
    SectionKind.MDF: (
        Column(_l("Activity"), ("activity",), 5),
        Column(_l("Quarter"), ("quarter",)),
        Column(_l("Share of the vendor"), ("vendor_percent",), numeric=True),
        Column(_l("Amount"), ("amount",), 2, numeric=True),
    ),
    SectionKind.RESOURCES: (
        Column(_l("What"), ("description",), 5),
        Column(_l("By"), ("side",), 3),
        Column(_l("Kind"), ("kind",), 2),
        Column(_l("Quarter"), ("quarter",)),
        Column(_l("Quantity"), ("quantity", "unit"), 2, numeric=True),
    ),
    SectionKind.RISKS: (
        Column(_l("Risk"), ("text",), 5),
        Column(_l("Probability"), ("probability",), numeric=True),
        Column(_l("Impact"), ("impact",), numeric=True),
        Column(_l("What is done about it"), ("mitigation",), 5),
        Column(_l("Owner"), ("owner_id",), 2.5),
    ),
    SectionKind.VALUE: (
        Column(_l("Value"), ("text",), 5),
        Column(_l("For whom"), ("value_for",), 2.5),
        Column(_l("How it is seen"), ("measure",), 3),
        Column(_l("Today"), ("baseline",), 1.8),
        Column(_l("Target"), ("target",), 1.8),
    ),
    SectionKind.GOVERNANCE: (
        Column(_l("Meeting"), ("name",), 5),
        Column(_l("Level"), ("layer",), 2.5),
        Column(_l("How often"), ("cadence",), 2),
        Column(_l("Minutes"), ("minutes",), numeric=True),
        Column(_l("Led by"), OWNERS, 3),
    ),
}
# As many characters as stand beside each other below a row.
SHORT = 55
MONEY = {(SectionKind.ACCOUNTS, "expected"), (SectionKind.INITIATIVES, "budget"), (SectionKind.MDF, "amount")}
AMOUNTS = ("baseline", "annual", *(f"q{n}" for n in QUARTERS), "band_low", "band_high")


@dataclass(frozen=True)
class Values:
    """Says what stands in a frozen row, with what people, sides and events are called.

    `short`: so many characters of what has no column of its own stand beside each other.
    """

    words: Words
    currency: str
    events: Mapping[int, str] = field(default_factory=dict)
    initiatives: Mapping[int, str] = field(default_factory=dict)
    short: int = SHORT

    def text(self, kind: SectionKind, row: Mapping[str, Any], name: str) -> str:
        """A field of a row; empty where it says nothing."""
        value = row.get(name)
        if value in (None, "", False):
            return _("All year") if name == "quarter" and name in row else ""
        if (kind, name) in MONEY:
            return self.money(value)
        if kind is SectionKind.OBJECTIVES and name in AMOUNTS:
            return self.amount(value, ObjectiveUnit(row["unit"]))
        if name == "quantity":
            return str(format_decimal(Decimal(value)))
        if name in ("quarter", "due_quarter"):
            return quarter_name(value)
        if name in ("vendor_percent", "share_a"):
            return _("%(number)s %%", number=value)
        if name in ("event_id", "initiative_id"):
            return (self.events if name == "event_id" else self.initiatives).get(value, f"#{value}")
        return self.words.value(kind, name, value)

    def money(self, value: str) -> str:
        """An amount in the currency of the version."""
        return str(format_currency(Decimal(value), self.currency, format_type="standard"))

    def amount(self, value: str, unit: ObjectiveUnit) -> str:
        """A target in the unit of its objective."""
        if unit is ObjectiveUnit.CURRENCY:
            return self.money(value)
        if unit is ObjectiveUnit.YES_NO:
            return _("yes") if Decimal(value) else _("no")
        number = str(format_decimal(Decimal(value)))
        return _("%(number)s %%", number=number) if unit is ObjectiveUnit.PERCENT else number

    def cell(self, kind: SectionKind, row: Mapping[str, Any], names: Sequence[str]) -> str:
        """What stands in a column that holds these fields."""
        found = [text for name in names if (text := self.text(kind, row, name))]
        if names == OWNERS and len(found) == 2:
            return _("%(a)s and %(b)s", a=found[0], b=found[1])
        return " ".join(found)

    def rest(self, kind: SectionKind, row: Mapping[str, Any], names: Sequence[str]) -> list[str]:
        """What else the row says, with what it is: as one line where it is short, else as a line each."""
        others = [name for name in row if name != "id" and name not in names]
        found = [
            _("%(what)s: %(text)s", what=label(kind, name), text=text) for name in others if (text := self.text(kind, row, name))
        ]
        line = " · ".join(found)
        return [line] if line and len(line) <= self.short else found


def table(
    kind: SectionKind,
    rows: Sequence[Mapping[str, Any]],
    values: Values,
    *,
    columns: Sequence[Column] = (),
    about: Sequence[str] = (),
) -> dict[str, Any]:
    """The rows of a section as a table. A kind without a layout has its first field as its only column.

    What stands in the fields `about` needs no label, and stands in one line below the first column.
    """
    columns = columns or LAYOUTS.get(kind) or [Column(_("What"), tuple(name for name in rows[0] if name != "id")[:1], 1)]
    shown = [*about, *(name for column in columns for name in column.names)]
    found = []
    for row in rows:
        cells = [{"text": values.cell(kind, row, column.names), "sub": []} for column in columns]
        lines = [" · ".join(text for name in about if (text := values.text(kind, row, name)))]
        cells[0]["sub"] = [*(line for line in lines if line), *values.rest(kind, row, shown)]
        found.append(cells)
    return {"columns": [head(column) for column in columns], "rows": found}


def head(column: Column) -> dict[str, Any]:
    """A column as the document wants it."""
    return {"label": str(column.label), "width": column.width, "numeric": column.numeric}


def cards(rows: Sequence[Mapping[str, Any]], values: Values) -> list[dict[str, Any]]:
    """Objectives: each with its numbers in a small table of its own."""
    kind = SectionKind.OBJECTIVES
    found = []
    for row in rows:
        about = ("category", "product", "country_code", "unit", "direction", "roll_up")
        numbers = [name for name in AMOUNTS[:6] if row["direction"] != "band" or row.get(name) is not None]
        numbers += [name for name in AMOUNTS[6:] if row.get(name) is not None]
        shown = ("statement", *about, *OWNERS, "weight", *numbers)
        owners = values.cell(kind, row, OWNERS)
        lines = [" · ".join(text for name in about if (text := values.text(kind, row, name)))]
        lines += [_("Owners: %(names)s", names=owners)] if owners else []
        found.append(
            {
                "title": row["statement"],
                "sub": [*lines, *values.rest(kind, row, shown)],
                "head": [_("Weight"), *(_number_label(name) for name in numbers)],
                "cells": [str(row["weight"]), *(values.text(kind, row, name) or "–" for name in numbers)],
            }
        )
    return found


def _number_label(name: str) -> str:
    if name.startswith("q"):
        return quarter_name(int(name[1:]))
    return {"annual": _("Year"), "baseline": _("Last year")}.get(name) or label(SectionKind.OBJECTIVES, name)
