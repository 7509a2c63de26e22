"""A partner manager opens a plan with a company of the own territory."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.i18n import _
from eventapp.core.tables import Listing
from eventapp.core.web.carrying import carry_out
from eventapp.partners.audiences import viewer
from eventapp.partners.models import TYPE_LABELS
from eventapp.partners.territory.queries import company_to_change
from eventapp.plans import queries
from eventapp.plans.audiences import plan_founder
from eventapp.plans.forms import FactsForm
from eventapp.plans.founding import changing, listing, service
from eventapp.plans.founding import queries as companies
from eventapp.plans.founding.forms import ChangePartnerForm, FoundForm
from eventapp.plans.founding.service import PlanDetails
from eventapp.plans.models import PLAN_STATUS_LABELS
from eventapp.plans.pages import page
from eventapp.plans.queries import Seen
from eventapp.plans.rules import add_months, default_end
from eventapp.plans.teams import queries as people
from eventapp.plans.teams.service import Candidate

blueprint = Blueprint("plan_founding", __name__)


def _me() -> Candidate:
    return Candidate(current_user.display_name, user_id=current_user.id)


def _details(form: FactsForm) -> PlanDetails:
    return PlanDetails(
        form.title.data or "", form.period_start.data, form.period_end.data, form.fiscal_start.data, form.currency.data
    )


@blueprint.get("/plans/new")
@plan_founder
def choose() -> ResponseReturnValue:
    """With which company."""
    found = listing.companies(viewer(), current_user.id, url_for(".choose"), request.args)
    return render_template("plans/founding/choose.html", listing=found, status_labels=PLAN_STATUS_LABELS, **_shown(found))


def _shown(found: Listing) -> dict[str, Any]:
    """What both lists of companies show besides their rows."""
    plans = listing.running_plans(viewer(), [row.id for row in found.rows])
    return {"plans": plans, "type_labels": TYPE_LABELS}


@blueprint.route("/plans/new/<id:organisation_id>", methods=["GET", "POST"])
@plan_founder
def found(organisation_id: int) -> ResponseReturnValue:
    """Opens the plan, with oneself as its owner for the vendor."""
    company = company_to_change(viewer(), organisation_id)
    today = now().date()
    start = add_months(today.replace(day=1), 1)
    values = {"title": _("Joint plan with %(company)s", company=company.name)[:150], "period_start": start}
    form = FoundForm(data={**values, "period_end": default_end(start), "fiscal_start": 1, "currency": "EUR"})
    templates = queries.templates()
    if not form.is_submitted():
        usual = companies.usual_kind(company.primary_type)
        form.template.data = next((one.id for one in templates if one.kind is usual), None)
    form.offer(templates, people.company_people(company.id))

    def there() -> Sequence[Any]:
        template = next((one for one in templates if one.id == form.template.data), None)
        start, end = form.period_start.data, form.period_end.data
        if template is None or start is None or end is None:
            return ()
        return companies.same_period(viewer(), organisation_id, template.kind, start, end)

    def act() -> str:
        template = next((one for one in templates if one.id == form.template.data), None)
        owner_b = dict(people.company_people(company.id)).get(int(form.owner_b.data))
        if template is None or owner_b is None:
            raise NotFoundError(organisation_id)
        _check_alone(there(), beside=form.beside.data)
        plan = service.create(template, company, _details(form), owner_a=_me(), owner_b=owner_b, by=current_user, at=now())
        return url_for("plans.show", plan_code=plan.code)

    def show(_stale: bool) -> str:
        again = company_to_change(viewer(), organisation_id)
        return render_template(
            "plans/founding/found.html",
            company=again,
            form=form,
            there=there(),
            status_labels=PLAN_STATUS_LABELS,
            has_errors=form.refused,
        )

    return carry_out(form, act, show, said=lambda: _("The plan is open. Now name the team."))


def _check_alone(there: Sequence[Any], *, beside: bool) -> None:
    """Raises RuleError where a plan of the period is in force, or there is one and nobody has said that a second is meant."""
    if there and there[0].in_force:
        raise RuleError(
            _("A plan of this period is in force; a second one could never be signed. Choose another period, or amend that plan.")
        )
    if there and not beside:
        text = _(
            "There is a plan of this period already, and only one can be signed. Go on with it, or say that you want a second."
        )
        raise RuleError(text, "beside", 422)


def _plan(plan_code: str) -> Seen:
    """The plan for whoever may give it up for one with another partner; 403 for everybody else who reads it."""
    seen = queries.plan(viewer(), plan_code)
    if not changing.may_change_partner(seen.plan, seen.standing):
        abort(403)
    return seen


@blueprint.get("/plans/<reference:plan_code>/partner")
@plan_founder
def choose_partner(plan_code: str) -> ResponseReturnValue:
    """With which other company, and what stays with the former one."""
    seen = _plan(plan_code)
    path = url_for(".choose_partner", plan_code=plan_code)
    found = listing.companies(viewer(), current_user.id, path, request.args, but=seen.plan.side_b_id)
    return page("plans/founding/choose_partner.html", seen, "plan", listing=found, **_shown(found))


@blueprint.route("/plans/<reference:plan_code>/partner/<id:organisation_id>", methods=["GET", "POST"])
@plan_founder
def change_partner(plan_code: str, organisation_id: int) -> ResponseReturnValue:
    """Gives the plan up and begins one with another company, after the consequences were shown in numbers."""
    seen = _plan(plan_code)
    plan, company = seen.plan, company_to_change(viewer(), organisation_id)
    values = {name: getattr(plan, name) for name in ("period_start", "period_end", "fiscal_start", "currency")}
    form = ChangePartnerForm(data={"title": _("Joint plan with %(company)s", company=company.name)[:150], **values})
    form.offer(people.company_people(company.id))

    def act() -> str:
        owner_b = dict(people.company_people(company.id)).get(int(form.owner_b.data))
        if owner_b is None:
            raise NotFoundError(organisation_id)
        # Whoever changes the partner has chosen a second plan deliberately; one in force rules it out all the same.
        start, end = form.period_start.data, form.period_end.data
        _check_alone(companies.same_period(viewer(), company.id, plan.kind, start, end), beside=True)
        made = changing.change_partner(
            plan,
            company,
            _details(form),
            form.reason.data or "",
            owner_a=_me(),
            owner_b=owner_b,
            standing=seen.standing,
            by=current_user,
            at=now(),
        )
        return url_for("plans.show", plan_code=made.code)

    def show(_stale: bool) -> str:
        again = queries.plan(viewer(), plan_code)
        return page(
            "plans/founding/change_partner.html",
            again,
            "plan",
            company=company_to_change(viewer(), organisation_id),
            form=form,
            stays=changing.stays(again.plan),
            begins_with=changing.begins_with(again.plan.template_id),
            has_errors=form.refused,
        )

    return carry_out(form, act, show, said=lambda: _("The new plan is open. Now name the team."))
