"""Rows about the market: target accounts, initiatives, and the funds asked for."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from wtforms import BooleanField, IntegerField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, NumberRange

from eventapp.core.forms import AmountField, Day, LineField, TextField, required
from eventapp.core.i18n import _, _l, ngettext
from eventapp.core.web.templates import day
from eventapp.partners import queries as partners
from eventapp.plans.content import queries
from eventapp.plans.content.lines import (
    KINDS,
    Context,
    LineForm,
    LineKind,
    choice_field,
    member_field,
    quarter_field,
    quarter_name,
    whom,
)
from eventapp.plans.models import (
    ACCOUNT_STAGE_LABELS,
    FUND_STATE_LABELS,
    INITIATIVE_KIND_LABELS,
    INITIATIVE_STATUS_LABELS,
    FundRequest,
    Initiative,
    SectionKind,
    Side,
    TargetAccount,
)
from eventapp.plans.permissions import reads_confidential

BOTH_OWNERS = {"owner_a_id": Side.A, "owner_b_id": Side.B}
NOUGHT = Decimal(0)


class OwnedForm(LineForm):
    """A row with an owner on each side, named after their companies."""

    MEMBERS = BOTH_OWNERS

    owner_a_id = member_field(_l("Owner at the vendor"))
    owner_b_id = member_field(_l("Owner at the partner"))

    def offer(self, context: Context) -> None:
        """The people of both teams."""
        super().offer(context)
        self.owner_a_id.label.text = _("Owner at %(company)s", company=context.names[Side.A])
        self.owner_b_id.label.text = _("Owner at %(company)s", company=context.names[Side.B])


class AccountForm(OwnedForm):
    """A customer to win together."""

    GROUPS = (
        (_l("Customer"), ("customer", ("country_code", "segment", "product"), "confidential")),
        (_l("What it may bring"), (("expected", "stage"), "next_step", "due_on")),
        (_l("Who looks after it"), (("owner_a_id", "owner_b_id"),)),
    )

    customer = LineField(_l("Customer"), [required(_l("Name the customer."))], length=200)
    country_code = SelectField(_l("Country"), coerce=lambda code: code or None)
    segment = LineField(_l("Segment"), length=80)
    product = LineField(_l("Product"), length=80)
    confidential = BooleanField(
        _l("Confidential"),
        description=_l("Only its owners and those who sign the plan read who it is."),
    )
    expected = AmountField(_l("Expected value"), least=NOUGHT)
    stage = choice_field(_l("Stage"), ACCOUNT_STAGE_LABELS)
    next_step = LineField(_l("Next step"), length=300)
    due_on = Day(_l("Until"))

    def offer(self, context: Context) -> None:
        """Also the countries."""
        super().offer(context)
        countries = (SelectChoice(*one) for one in partners.countries())
        self.country_code.choices = [SelectChoice("", _("Not known")), *countries]


def hides_account(row: TargetAccount, context: Context) -> bool:
    """Whether the reader learns of a confidential account only that there is one."""
    return row.confidential and not reads_confidential(context.standing, (row.owner_a_id, row.owner_b_id))


def _account(row: TargetAccount, context: Context) -> list[str]:
    if hides_account(row, context):
        return [_("Confidential account"), *["–"] * 4]
    step = " · ".join(text for text in (row.next_step, day(row.due_on)) if text) or "–"
    stage = str(ACCOUNT_STAGE_LABELS[row.stage])
    return [row.customer, context.owners(row), stage, step, context.money(row.expected)]


def _accounts_total(rows: Sequence[TargetAccount], context: Context) -> str:
    seen = [row for row in rows if not hides_account(row, context)]
    worth = sum((row.expected or NOUGHT for row in seen), NOUGHT)
    return ngettext(
        "%(num)s account, expected %(amount)s",
        "%(num)s accounts, expected together %(amount)s",
        len(rows),
        amount=context.money(worth),
    )


KINDS[SectionKind.ACCOUNTS] = LineKind(
    TargetAccount,
    AccountForm,
    _l("Account"),
    _l("Add an account"),
    lambda _c: [(_("Owners"), False), (_("Stage"), False), (_("Next step"), False), (_("Expected"), True)],
    _account,
    _accounts_total,
    hides_account,
)


class InitiativeForm(OwnedForm):
    """Something that both sides do together."""

    GROUPS = (
        (_l("What"), ("name", ("kind", "status"), "description", "success_measure")),
        (_l("When and how much"), (("quarter", "budget"), "event_id")),
        (_l("Who looks after it"), (("owner_a_id", "owner_b_id"),)),
    )

    name = LineField(_l("Name"), [required(_l("Give it a name."))], length=150)
    kind = choice_field(_l("Kind"), INITIATIVE_KIND_LABELS)
    status = choice_field(_l("Status"), INITIATIVE_STATUS_LABELS)
    description = TextField(_l("Description"), length=1000, render_kw={"rows": 3})
    success_measure = LineField(_l("How success is seen"), length=300)
    quarter = quarter_field(_l("Quarter"))
    budget = AmountField(_l("Budget"), least=NOUGHT)
    event_id = SelectField(_l("Event"), coerce=whom, description=_l("Where it belongs to one of our events."))

    def offer(self, context: Context) -> None:
        """Also the events of the period."""
        super().offer(context)
        events = queries.events_for(context.plan, self.event_id.object_data)
        self.event_id.choices = [SelectChoice("", _("None")), *(SelectChoice(str(id_), title) for id_, title in events)]


def _initiative(row: Initiative, context: Context) -> list[str]:
    words = (INITIATIVE_KIND_LABELS[row.kind], INITIATIVE_STATUS_LABELS[row.status])
    return [row.name, *map(str, words), context.owners(row), quarter_name(row.quarter), context.money(row.budget)]


def _initiatives_total(rows: Sequence[Initiative], context: Context) -> str:
    budget = sum((row.budget or NOUGHT for row in rows), NOUGHT)
    return ngettext(
        "%(num)s initiative, budget %(amount)s",
        "%(num)s initiatives, budget together %(amount)s",
        len(rows),
        amount=context.money(budget),
    )


KINDS[SectionKind.INITIATIVES] = LineKind(
    Initiative,
    InitiativeForm,
    _l("Initiative"),
    _l("Add an initiative"),
    lambda _c: [(_("Kind"), False), (_("Status"), False), (_("Owners"), False), (_("Quarter"), False), (_("Budget"), True)],
    _initiative,
    _initiatives_total,
)


class FundForm(LineForm):
    """Funds that are asked for."""

    GROUPS = (
        (_l("What for"), ("activity", ("initiative_id", "event_id"))),
        (_l("When and how much"), (("quarter", "amount", "vendor_percent"),)),
    )

    activity = LineField(_l("Activity"), [required(_l("Say what it is for."))], length=200)
    initiative_id = SelectField(_l("Initiative"), coerce=whom)
    event_id = SelectField(_l("Event"), coerce=whom)
    quarter = quarter_field(_l("Quarter"), whole_year=False)
    amount = AmountField(_l("Amount"), [InputRequired(_l("Enter a number."))], least=NOUGHT)
    vendor_percent = IntegerField(
        _l("Share of the vendor in percent"),
        [InputRequired(_l("Enter a number.")), NumberRange(0, 100, _l("A number from %(min)d to %(max)d."))],
        default=50,
        render_kw={"inputmode": "numeric", "min": 0, "max": 100},
    )

    def offer(self, context: Context) -> None:
        """The initiatives of the plan and the events of its period."""
        super().offer(context)
        events = queries.events_for(context.plan, self.event_id.object_data)
        for field, found in ((self.event_id, events), (self.initiative_id, queries.initiatives_of(context.plan))):
            field.choices = [SelectChoice("", _("None")), *(SelectChoice(str(id_), name) for id_, name in found)]


def _fund(row: FundRequest, context: Context) -> list[str]:
    share = _("%(percent)s %% by %(company)s", percent=row.vendor_percent, company=context.names[Side.A])
    return [row.activity, quarter_name(row.quarter), share, str(FUND_STATE_LABELS[row.state]), context.money(row.amount)]


def _funds_total(rows: Sequence[FundRequest], context: Context) -> str:
    asked = sum((row.amount for row in rows), NOUGHT)
    return ngettext(
        "%(num)s request, %(amount)s", "%(num)s requests, together %(amount)s", len(rows), amount=context.money(asked)
    )


def _fund_head(_context: Any) -> list[tuple[str, bool]]:
    return [(_("Quarter"), False), (_("Share"), False), (_("State"), False), (_("Amount"), True)]


KINDS[SectionKind.MDF] = LineKind(FundRequest, FundForm, _l("Activity"), _l("Ask for funds"), _fund_head, _fund, _funds_total)
