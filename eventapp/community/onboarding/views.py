"""A company's first steps."""

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.community.models import Fact
from eventapp.community.onboarding import queries, service
from eventapp.community.pages import page
from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.web.audiences import may_open
from eventapp.core.web.carrying import carry_out_at_once
from eventapp.partners.audiences import company_admin, company_reader, viewer
from eventapp.partners.company import queries as companies
from eventapp.partners.permissions import may_run_company

blueprint = Blueprint("onboarding", __name__)
# Where that is done which ticks itself.
WHERE = {
    Fact.PROFILE: "company_profile.edit",
    Fact.LISTED: "community_own.company",
    Fact.REGISTERED: "overview.home",
    Fact.COURSE: "courses.index",
    Fact.BUDDY: "buddies.index",
}


@blueprint.get("/community/first-steps")
@company_reader
def index() -> str:
    """What there is to do at the beginning, and what of it is done."""
    company = companies.company(viewer())
    progress = queries.own_progress(viewer(), company.id)
    return page(
        "community/onboarding/index.html",
        "onboarding",
        progress=progress,
        who=queries.names_of(progress),
        where={fact: url_for(endpoint) for fact, endpoint in WHERE.items() if may_open(endpoint)},
        may_tick=may_run_company(viewer()),
    )


@blueprint.post("/community/first-steps/<id:first_step>/<any(tick, untick):tick_act>")
@company_admin
def tick(first_step: int, tick_act: str) -> ResponseReturnValue:
    """Notes that something is done, or not after all."""
    company, item = companies.company(viewer()), queries.item(first_step)
    back = url_for(".index")
    return carry_out_at_once(
        ActionForm(), lambda: service.tick(company, item, done=tick_act == "tick", by=current_user, at=now()), back
    )
