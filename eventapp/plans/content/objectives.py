"""Objectives: their form and how they are shown."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from wtforms import IntegerField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, NumberRange

from eventapp.core.forms import AmountField, LineField, OptionalInput, required
from eventapp.core.i18n import _, _l, ngettext
from eventapp.partners import queries as partners
from eventapp.plans.content.lines import KINDS, Context, LineForm, LineKind, choice_field, member_field
from eventapp.plans.models import (
    ACTUAL_SOURCE_LABELS,
    DIRECTION_LABELS,
    OBJECTIVE_CATEGORY_LABELS,
    OBJECTIVE_UNIT_LABELS,
    QUARTERS,
    READ_SOURCES,
    READ_UNITS,
    ROLL_UP_LABELS,
    Direction,
    Objective,
    ObjectiveUnit,
    PlanKind,
    RollUp,
    SectionKind,
    Side,
)
from eventapp.plans.rules import spread


class ObjectiveForm(LineForm):
    """An objective: what is wanted, how it is counted, how much by when, who looks after it."""

    GROUPS = (
        (_l("What"), ("statement", ("category", "product", "country_code"))),
        (_l("How it is counted"), (("unit", "direction", "roll_up"), "source", "source_key", "baseline")),
        (_l("How much"), ("annual", ("q1", "q2", "q3", "q4"))),
        (_l("How important, and for whom"), (("weight", "share_a"), ("owner_a_id", "owner_b_id"))),
        (_l("Only where it shall stay between two values"), (("band_low", "band_high"),)),
    )
    NEEDED_LATER = ("annual", "owner_a_id", "owner_b_id")
    MEMBERS = {"owner_a_id": Side.A, "owner_b_id": Side.B}  # noqa: RUF012 - read only

    statement = LineField(
        _l("Objective"),
        [required(_l("Say what you want to reach."))],
        length=300,
        description=_l("One sentence, like: win 25 new customers in the public sector."),
    )
    category = choice_field(_l("Category"), OBJECTIVE_CATEGORY_LABELS)
    product = LineField(_l("Product"), length=80)
    country_code = SelectField(_l("Country"), coerce=lambda code: code or None, description=_l("None: all countries."))
    unit = choice_field(_l("Counted in"), OBJECTIVE_UNIT_LABELS)
    direction = choice_field(_l("Better is"), DIRECTION_LABELS)
    roll_up = choice_field(_l("Quarters"), ROLL_UP_LABELS)
    source = choice_field(_l("Actual values come from"), ACTUAL_SOURCE_LABELS)
    source_key = LineField(
        _l("Course or event"),
        length=80,
        description=_l("Where values are read: the code of a course or credential, or the last part of the event’s address."),
    )
    baseline = AmountField(_l("Last year"))
    annual = AmountField(_l("Target for the year"), description=_l("Yes or no: 1 for yes."))
    q1 = AmountField(_l("Quarter 1"))
    q2 = AmountField(_l("Quarter 2"))
    q3 = AmountField(_l("Quarter 3"))
    q4 = AmountField(_l("Quarter 4"))
    band_low = AmountField(_l("No less than"))
    band_high = AmountField(_l("No more than"))
    weight = IntegerField(
        _l("Weight"),
        [InputRequired(_l("Enter a number.")), NumberRange(1, 100, _l("A number from %(min)d to %(max)d."))],
        description=_l("From 1 to 100; the weights of all objectives add up to 100."),
        render_kw={"inputmode": "numeric", "min": 1, "max": 100},
    )
    share_a = IntegerField(
        _l("Share of the vendor in percent"),
        [OptionalInput(), NumberRange(0, 100, _l("A number from %(min)d to %(max)d."))],
        description=_l("In an alliance: what counts for the first side; the rest is the other's."),
        render_kw={"inputmode": "numeric", "min": 0, "max": 100},
    )
    owner_a_id = member_field(_l("Owner at the vendor"))
    owner_b_id = member_field(_l("Owner at the partner"))

    def offer(self, context: Context) -> None:
        """The people of both teams under their sides' names, and the countries."""
        super().offer(context)
        self.country_code.choices = [SelectChoice("", _("All countries")), *(SelectChoice(*one) for one in partners.countries())]
        self.owner_a_id.label.text = _("Owner at %(company)s", company=context.names[Side.A])
        self.owner_b_id.label.text = _("Owner at %(company)s", company=context.names[Side.B])
        if context.plan.kind is not PlanKind.ALLIANCE:
            del self.share_a

    def names(self) -> list[str]:
        """All fields; the share in an alliance only."""
        return [name for name in super().names() if name in self]

    def validate(self, extra_validators: Any = None) -> bool:
        """Also that a band is in order, a yes-or-no objective asks for yes or no, and what is read can be counted."""
        valid = super().validate(extra_validators)
        low, high = self.band_low.data, self.band_high.data
        if low is not None and high is not None and low > high:
            self.band_high.errors = [*self.band_high.errors, _("The second value must not be smaller than the first.")]
            valid = False
        if self.unit.data is ObjectiveUnit.YES_NO:
            for name in ("annual", *(f"q{n}" for n in QUARTERS)):
                if self[name].data not in (None, Decimal(0), Decimal(1)):
                    self[name].errors = [*self[name].errors, _("Enter 1 for yes or 0 for no.")]
                    valid = False
        if self.source.data in READ_SOURCES and self.unit.data not in READ_UNITS:
            self.unit.errors = [*self.unit.errors, _("What is read is a number of people: choose a number, or yes or no.")]
            valid = False
        return valid

    def spread(self) -> bool:
        """Puts the year's target into the quarters, evenly or the same in each; returns whether there is one to spread."""
        annual = self.annual.data
        if annual is None:
            self.annual.errors = [*self.annual.errors, _("Enter the target for the year first.")]
            return False
        level = self.roll_up.data is RollUp.LEVEL
        for quarter, value in zip(QUARTERS, [annual] * 4 if level else spread(annual), strict=True):
            field = self[f"q{quarter}"]
            field.data, field.raw_data, field.errors = value, None, []
        return True


def amount(value: Decimal | None, unit: ObjectiveUnit, context: Context) -> str:
    """A target or an actual value in the objective's unit."""
    if value is None:
        return "–"
    if unit is ObjectiveUnit.CURRENCY:
        return context.money(value)
    if unit is ObjectiveUnit.YES_NO:
        return _("yes") if value else _("no")
    return _("%(number)s %%", number=context.number(value)) if unit is ObjectiveUnit.PERCENT else context.number(value)


def _head(context: Context) -> list[tuple[str, bool]]:
    quarters = [(_("Q%(number)s", number=n), True) for n in QUARTERS]
    shares = [(_("Shares"), True)] if context.plan.kind is PlanKind.ALLIANCE else []
    return [(_("Owners"), False), (_("Weight"), True), *shares, (_("Last year"), True), (_("Year"), True), *quarters]


def _shares(row: Objective) -> str:
    """What counts for the first side and for the other, in percent."""
    return "–" if row.share_a is None else _("%(a)s : %(b)s", a=row.share_a, b=100 - row.share_a)


def _cells(row: Objective, context: Context) -> list[str]:
    shares = [_shares(row)] if context.plan.kind is PlanKind.ALLIANCE else []
    first = [row.statement, context.owners(row), str(row.weight), *shares, amount(row.baseline, row.unit, context)]
    if row.direction is Direction.BAND:
        band = _(
            "%(low)s to %(high)s", low=amount(row.band_low, row.unit, context), high=amount(row.band_high, row.unit, context)
        )
        return [*first, band, *[band] * 4]
    return [*first, amount(row.annual, row.unit, context), *(amount(row.target(n), row.unit, context) for n in QUARTERS)]


def _total(rows: Sequence[Objective], _context: Context) -> str:
    return ngettext(
        "%(num)s objective, weight %(sum)s of 100",
        "%(num)s objectives, weights together %(sum)s of 100",
        len(rows),
        sum=sum(row.weight for row in rows),
    )


KINDS[SectionKind.OBJECTIVES] = LineKind(Objective, ObjectiveForm, _l("Objective"), _l("Add an objective"), _head, _cells, _total)
