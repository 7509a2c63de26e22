"""A partner manager opens a plan with a company of the own territory."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.i18n import _
from eventapp.core.web.carrying import carry_out
from eventapp.partners.audiences import viewer
from eventapp.partners.territory.queries import company_to_change
from eventapp.plans import queries
from eventapp.plans.audiences import plan_founder
from eventapp.plans.founding import queries as companies
from eventapp.plans.founding import service
from eventapp.plans.founding.forms import FoundForm
from eventapp.plans.founding.service import PlanDetails
from eventapp.plans.rules import add_months, default_end
from eventapp.plans.teams import queries as people
from eventapp.plans.teams.service import Candidate

blueprint = Blueprint("plan_founding", __name__)


@blueprint.get("/plans/new")
@plan_founder
def choose() -> ResponseReturnValue:
    """With which company."""
    text = request.args.get("q", "")[:100]
    found = companies.companies(viewer(), text)
    return render_template("plans/founding/choose.html", found=found, text=text, most=companies.MOST)


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
    form.offer(templates, people.company_people(company.id))

    def act() -> str:
        template = next((one for one in templates if one.id == form.template.data), None)
        owner_b = dict(people.company_people(company.id)).get(int(form.owner_b.data))
        if template is None or owner_b is None:
            raise NotFoundError(organisation_id)
        details = PlanDetails(
            form.title.data or "", form.period_start.data, form.period_end.data, form.fiscal_start.data, form.currency.data
        )
        me = Candidate(current_user.display_name, user_id=current_user.id)
        plan = service.create(template, company, details, owner_a=me, owner_b=owner_b, by=current_user, at=now())
        return url_for("plans.show", plan_code=plan.code)

    def show(_stale: bool) -> str:
        again = company_to_change(viewer(), organisation_id)
        return render_template("plans/founding/found.html", company=again, form=form, has_errors=form.refused)

    return carry_out(form, act, show, said=lambda: _("The plan is open. Now name the team."))
