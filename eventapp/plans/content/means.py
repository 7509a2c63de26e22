"""Rows about what it takes: enablement, resources, risks, the value scorecard, governance."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from eventapp.core.forms import AmountField, LineField, TextField, required
from eventapp.core.i18n import _, _l
from eventapp.plans.content.lines import (
    KINDS,
    Context,
    LineForm,
    LineKind,
    choice_field,
    member_field,
    quarter_field,
    quarter_name,
)
from eventapp.plans.content.market import OwnedForm
from eventapp.plans.models import (
    CADENCE_LABELS,
    GOVERNANCE_LAYER_LABELS,
    RESOURCE_KIND_LABELS,
    VALUE_FOR_LABELS,
    EnablementLine,
    GovernanceLine,
    PlanRisk,
    ResourceKind,
    ResourceLine,
    SectionKind,
    Side,
    ValueLine,
)
from eventapp.plans.rules import risk_level

SIDE_LABELS = {Side.A: _l("The vendor"), Side.B: _l("The partner")}
Head = Callable[[Context], list[tuple[str, bool]]]


def _number(label: Any, least: int, most: int, **kwargs: Any) -> IntegerField:
    """A whole number that must be there."""
    message = _l("A number from %(min)d to %(max)d.")
    render = {"inputmode": "numeric", "min": least, "max": most}
    checks = [InputRequired(_l("Enter a number.")), NumberRange(least, most, message)]
    return IntegerField(label, checks, render_kw=render, **kwargs)


def _name_sides(field: Any, context: Context) -> None:
    """A choice between both sides by the names of their companies."""
    field.choices = [type(one)(one.value, context.names[Side(one.value)]) for one in field.choices]


class EnablementForm(OwnedForm):
    """So many people of a side hold something by the end of a quarter."""

    GROUPS = (
        (_l("What"), (("title", "course_code"),)),
        (_l("Who, how many, by when"), (("for_side", "head_count", "due_quarter"),)),
        (_l("Who looks after it"), (("owner_a_id", "owner_b_id"),)),
    )

    title = LineField(_l("Course or certificate"), [required(_l("Say what people are to learn."))], length=150)
    course_code = LineField(_l("Its code"), length=40, description=_l("Of the training programme: then progress is counted."))
    for_side = choice_field(_l("People of"), SIDE_LABELS)
    head_count = _number(_l("How many people"), 1, 10_000)
    due_quarter = quarter_field(_l("By the end of"), whole_year=False)

    def offer(self, context: Context) -> None:
        """Both sides by their names."""
        super().offer(context)
        _name_sides(self.for_side, context)


def _enablement(row: EnablementLine, context: Context) -> list[str]:
    title = f"{row.title} ({row.course_code})" if row.course_code else row.title
    return [title, context.names[row.for_side], context.owners(row), quarter_name(row.due_quarter), str(row.head_count)]


def _enablement_head(_context: Context) -> list[tuple[str, bool]]:
    return [(_("People of"), False), (_("Owners"), False), (_("By the end of"), False), (_("People"), True)]


KINDS[SectionKind.ENABLEMENT] = LineKind(
    EnablementLine, EnablementForm, _l("Course or certificate"), _l("Add a line"), _enablement_head, _enablement
)


class ResourceForm(LineForm):
    """What a side puts in."""

    GROUPS = (
        (_l("What"), (("side", "kind"), "description", "member_id")),
        (_l("How much"), (("quantity", "unit", "quarter"),)),
    )
    MEMBERS = {"member_id": None}  # noqa: RUF012 - read only

    side = choice_field(_l("Put in by"), SIDE_LABELS)
    kind = choice_field(_l("Kind"), RESOURCE_KIND_LABELS)
    description = LineField(_l("What exactly"), [required(_l("Say what it is."))], length=300)
    member_id = member_field(_l("Who, if it is somebody of the team"))
    quantity = AmountField(_l("How much"), [InputRequired(_l("Enter a number."))], least=Decimal(0))
    unit = LineField(_l("Unit"), length=40, description=_l("Not for budgets: they have the plan's currency."))
    quarter = quarter_field(_l("When"))

    def offer(self, context: Context) -> None:
        """Both sides by their names."""
        super().offer(context)
        _name_sides(self.side, context)


def _resource(row: ResourceLine, context: Context) -> list[str]:
    much = (
        context.money(row.quantity) if row.kind is ResourceKind.BUDGET else f"{context.number(row.quantity)} {row.unit}".strip()
    )
    kind = str(RESOURCE_KIND_LABELS[row.kind])
    return [row.description, context.names[row.side], kind, context.name(row.member_id), quarter_name(row.quarter), much]


def _resource_head(_context: Context) -> list[tuple[str, bool]]:
    return [(_("Put in by"), False), (_("Kind"), False), (_("Who"), False), (_("When"), False), (_("How much"), True)]


KINDS[SectionKind.RESOURCES] = LineKind(
    ResourceLine, ResourceForm, _l("Resource"), _l("Add a resource"), _resource_head, _resource
)


class RiskForm(LineForm):
    """What may go wrong."""

    GROUPS = (
        (_l("What may go wrong"), ("text", ("probability", "impact"))),
        (_l("What is done about it"), ("mitigation", "owner_id")),
    )
    MEMBERS = {"owner_id": None}  # noqa: RUF012 - read only

    text = TextField(_l("Risk"), [required(_l("Say what may go wrong."))], length=500, render_kw={"rows": 3})
    probability = _number(_l("How likely"), 1, 5, description=_l("From 1, hardly, to 5, almost certain."))
    impact = _number(_l("How bad"), 1, 5, description=_l("From 1, hardly felt, to 5, the plan fails."))
    mitigation = TextField(_l("Against it"), length=500, render_kw={"rows": 3})
    owner_id = member_field(_l("Who looks after it"))


def _risk(row: PlanRisk, context: Context) -> list[str]:
    words = {"red": _("high"), "amber": _("medium"), "green": _("low")}
    score = row.probability * row.impact
    weight = _("%(score)s, %(level)s", score=score, level=words[risk_level(row.probability, row.impact)])
    return [row.text, row.mitigation or "–", context.name(row.owner_id), f"{row.probability} × {row.impact}", weight]


def _risk_tone(row: PlanRisk) -> str:
    return {"red": "bad", "amber": "warn", "green": "ok"}[risk_level(row.probability, row.impact)]


def _risk_head(_context: Context) -> list[tuple[str, bool]]:
    return [(_("Against it"), False), (_("Owner"), False), (_("Likely × bad"), True), (_("Score"), True)]


KINDS[SectionKind.RISKS] = LineKind(PlanRisk, RiskForm, _l("Risk"), _l("Add a risk"), _risk_head, _risk, tone=_risk_tone)


class ValueForm(LineForm):
    """A line of the value scorecard."""

    GROUPS = ((_l("Value"), ("value_for", "text", "measure", ("baseline", "target"))),)

    value_for = choice_field(_l("For whom"), VALUE_FOR_LABELS)
    text = LineField(_l("What they have of it"), [required(_l("Say what they have of it."))], length=300)
    measure = LineField(_l("How it is seen"), length=200)
    baseline = LineField(_l("Today"), length=80)
    target = LineField(_l("At the end"), length=80)


def _value(row: ValueLine, _context: Context) -> list[str]:
    return [row.text, str(VALUE_FOR_LABELS[row.value_for]), row.measure or "–", row.baseline or "–", row.target or "–"]


def _value_head(_context: Context) -> list[tuple[str, bool]]:
    return [(_("For whom"), False), (_("How it is seen"), False), (_("Today"), False), (_("At the end"), False)]


KINDS[SectionKind.VALUE] = LineKind(ValueLine, ValueForm, _l("Value"), _l("Add a line"), _value_head, _value)


class GovernanceForm(OwnedForm):
    """Who meets how often."""

    GROUPS = (
        (_l("Who meets"), ("name", ("layer", "cadence", "minutes"), "escalation")),
        (_l("Who leads it"), (("owner_a_id", "owner_b_id"),)),
    )

    name = LineField(_l("Name"), [required(_l("Give it a name."))], length=150)
    layer = choice_field(_l("Level"), GOVERNANCE_LAYER_LABELS)
    cadence = choice_field(_l("How often"), CADENCE_LABELS)
    minutes = _number(_l("Minutes"), 15, 600, default=60)
    escalation = LineField(_l("What goes up from there"), length=300)


def _governance(row: GovernanceLine, context: Context) -> list[str]:
    words = (GOVERNANCE_LAYER_LABELS[row.layer], CADENCE_LABELS[row.cadence])
    return [row.name, *map(str, words), context.owners(row), row.escalation or "–", str(row.minutes)]


def _governance_head(_context: Context) -> list[tuple[str, bool]]:
    named = (_("Level"), _("How often"), _("Led by"), _("Goes up"))
    return [*((name, False) for name in named), (_("Minutes"), True)]


KINDS[SectionKind.GOVERNANCE] = LineKind(
    GovernanceLine, GovernanceForm, _l("Meeting"), _l("Add a meeting"), _governance_head, _governance
)
