"""Sections of rows: what a kind of row needs to be shown, written and removed on the same pages as all others.

A kind is declared once, in a module of its own like `objectives.py`, and put into `KINDS`.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple, TypeVar

from flask_babel import format_currency, format_decimal
from wtforms import Field, HiddenField, SelectField
from wtforms.fields import SelectChoice

from eventapp.core.forms import Form, LineField, TextField
from eventapp.core.i18n import _
from eventapp.plans.models import Plan, PlanLine, PlanMember, SectionKind, Side
from eventapp.plans.permissions import Standing

Choice = TypeVar("Choice", bound=StrEnum)


class Context(NamedTuple):
    """What rows are shown with: their plan, the people of both teams by id (those who left too), names of both sides.

    `standing` is what the reader is in the plan. `currency` is another one than the plan's, where amounts were kept with it.
    """

    plan: Plan
    people: Mapping[int, PlanMember]
    names: Mapping[Side, str]
    standing: Standing
    currency: str = ""

    def name(self, member_id: int | None) -> str:
        """What a member is called; a dash for nobody."""
        return self.people[member_id].name if member_id is not None else "–"

    def owners(self, row: Any) -> str:
        """Who looks after a row, of both sides; a dash for nobody."""
        if row.owner_a_id is not None and row.owner_b_id is not None:
            return _("%(a)s and %(b)s", a=self.name(row.owner_a_id), b=self.name(row.owner_b_id))
        return self.name(row.owner_a_id if row.owner_a_id is not None else row.owner_b_id)

    def money(self, amount: Decimal | None) -> str:
        """An amount in the plan's currency; a dash for none."""
        return "–" if amount is None else format_currency(amount, self.currency or self.plan.currency, format_type="standard")

    def number(self, amount: Decimal | None) -> str:
        """A number; a dash for none."""
        return "–" if amount is None else format_decimal(amount)


class LineForm(Form):
    """A row of a section. A subclass has a field for each of the model's `fields`, and `GROUPS` in which they stand.

    A group is its legend and what stands in it: fields, and several beside each other as a tuple of their own.
    """

    GROUPS: ClassVar[Sequence[tuple[Any, Sequence[str | tuple[str, ...]]]]] = ()
    # Fields that name a member, and of which side they may be; none for either.
    MEMBERS: ClassVar[Mapping[str, Side | None]] = {}
    # Fields that may stay empty for now, but not when the plan goes into its final review.
    NEEDED_LATER: ClassVar[Collection[str]] = ()

    version = HiddenField(default="0")

    def offer(self, context: Context) -> None:
        """Fills the choices that depend on the plan: here the people of its teams, those who have left only where they stand."""
        for name, side in self.MEMBERS.items():
            field = self[name]
            there = [one for one in context.people.values() if side in (None, one.side)]
            shown = [one for one in there if one.left_at is None or one.id == field.object_data]
            field.choices = [SelectChoice("", _("Nobody yet")), *(SelectChoice(str(one.id), one.name) for one in shown)]

    def fill(self, row: PlanLine) -> None:
        """Shows what stands in a row."""
        self.version.data = str(row.version)

    def typed(self) -> dict[str, Any]:
        """What was typed, by field of the model."""
        return {name: self._value(self[name]) for name in self.names()}

    @staticmethod
    def _value(field: Field) -> Any:
        """What a field says; a text that was not sent at all is empty."""
        return "" if field.data is None and isinstance(field, LineField | TextField) else field.data

    def names(self) -> list[str]:
        """The fields of the model that stand in the form."""
        lines = [line for _legend, lines in self.GROUPS for line in lines]
        return [name for line in lines for name in ((line,) if isinstance(line, str) else line)]


@dataclass(frozen=True)
class LineKind:
    """A kind of row. `head` gives the columns behind the first (label, numeric), `cells` the first text and then theirs.

    `total` is a line under the table, none for no line. `hides` says of which rows the reader learns only that they are there.
    """

    model: type[PlanLine]
    form: type[LineForm]
    one: Any
    add: Any
    head: Callable[[Context], list[tuple[str, bool]]]
    cells: Callable[[Any, Context], list[str]]
    total: Callable[[Sequence[Any], Context], str] | None = None
    hides: Callable[[Any, Context], bool] | None = None
    # The tone (`components/status.html`) of a row's last cell, if it has one.
    tone: Callable[[Any], str] | None = None

    def may_open(self, row: Any, context: Context) -> bool:
        """Whether the reader may see what the row says."""
        return self.hides is None or not self.hides(row, context)


KINDS: dict[SectionKind, LineKind] = {}


def whom(value: Any) -> int | None:
    """The id that stands in a choice of people."""
    return int(value) if value else None


def member_field(label: Any, **kwargs: Any) -> SelectField:
    """A choice among the people of the teams; `LineForm.offer` fills it."""
    return SelectField(label, coerce=whom, choices=[SelectChoice("", "–")], **kwargs)


def choice_field(label: Any, labels: Mapping[Choice, Any], **kwargs: Any) -> SelectField:
    """A choice among the values of an enum."""
    kind = type(next(iter(labels)))
    return SelectField(
        label, coerce=kind, choices=lambda: [SelectChoice(one.value, str(text)) for one, text in labels.items()], **kwargs
    )


def quarter_name(quarter: int | None) -> str:
    """A quarter of the plan; none is all of it."""
    return _("All year") if quarter is None else _("Q%(number)s", number=quarter)


def quarter_field(label: Any, *, whole_year: bool = True, **kwargs: Any) -> SelectField:
    """A quarter of the plan; with `whole_year` also none, which is all of it."""

    def choices() -> list[SelectChoice]:
        found = [SelectChoice(str(n), _("Quarter %(number)s", number=n)) for n in range(1, 5)]
        return [SelectChoice("", _("All year")), *found] if whole_year else found

    return SelectField(label, coerce=whom if whole_year else int, choices=choices, **kwargs)
