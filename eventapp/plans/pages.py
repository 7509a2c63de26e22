"""What the pages of one plan share: its tabs and the plan itself."""

from typing import Any

from flask import current_app, render_template, request, url_for

from eventapp.core.i18n import _, _l
from eventapp.core.web.audiences import may_open
from eventapp.partners.audiences import viewer
from eventapp.partners.company.subnav import company_name, company_tabs
from eventapp.plans.models import (
    AMENDMENT_LABELS,
    KIND_LABELS,
    PLAN_FUNCTION_LABELS,
    PLAN_STATUS_LABELS,
    SECTION_STATE_LABELS,
    PlanStatus,
    Side,
)
from eventapp.plans.permissions import may_read_actuals
from eventapp.plans.queries import Seen

# Key, label, endpoint of each page of a plan, in the order of the work; those that there are not yet are left out.
PAGES: list[tuple[str, Any, str]] = [
    ("plan", _l("Plan"), "plans.show"),
    ("team", _l("Teams"), "plan_teams.index"),
    ("workshop", _l("Workshop"), "plan_workshop.index"),
    ("signing", _l("Versions and signatures"), "plan_versions.index"),
    ("changes", _l("Change requests"), "plan_changes.index"),
    ("actions", _l("Actions"), "plan_actions.index"),
    ("actuals", _l("Actual values"), "plan_actuals.index"),
    ("reviews", _l("Reviews"), "plan_reviews.index"),
    ("decisions", _l("Decisions"), "plan_decisions.index"),
    ("notes", _l("Our notes"), "plan_notes.index"),
]
# The steps of a plan as the rail shows them.
STEPS = [(one.value, PLAN_STATUS_LABELS[one]) for one in PlanStatus if one is not PlanStatus.CANCELLED]


def tabs(seen: Seen, active: str) -> list[tuple[str, str, bool]]:
    """Label, address and whether it is the open one, of the pages of a plan."""
    there = [one for one in PAGES if one[2] in current_app.view_functions and may_open(one[2])]
    if seen.standing.side is None:
        there = [one for one in there if one[0] != "notes"]
    if not may_read_actuals(seen.standing):
        there = [one for one in there if one[0] != "actuals"]
    return [(str(label), url_for(endpoint, plan_code=seen.plan.code), key == active) for key, label, endpoint in there]


def page(template: str, seen: Seen, active: str, **values: Any) -> str:
    """A page of a plan with its tabs. A page that is kept live asks for itself without the frame (`static/js/live.js`)."""
    live = request.headers.get("X-Live", "")
    return render_template(
        template,
        live=live,
        plan=seen.plan,
        standing=seen.standing,
        side_names=seen.names,
        side_a=Side.A,
        side_b=Side.B,
        subnav=tabs(seen, active),
        subnav_title=f"{seen.plan.code} · {seen.names[_shown_first(seen)]}",
        status_labels=PLAN_STATUS_LABELS,
        amendment_labels=AMENDMENT_LABELS,
        kind_labels=KIND_LABELS,
        function_labels=PLAN_FUNCTION_LABELS,
        section_state_labels=SECTION_STATE_LABELS,
        **values,
    )


def _shown_first(seen: Seen) -> Side:
    """Whom the plan is with, from the reader's side of the table."""
    return Side.A if seen.standing.side is Side.B else Side.B


def list_tabs(active: str = "list") -> dict[str, Any]:
    """The tabs over the list of plans: a company's own pages for its people; for the vendor's the list and the portfolio."""
    if viewer().roles:
        pages = [("list", _("Plans"), url_for("plans.index")), ("portfolio", _("Portfolio"), url_for("plan_portfolio.index"))]
        return {"subnav": [(label, url, key == active) for key, label, url in pages], "subnav_title": _("Joint plans")}
    if viewer().seat is None:
        return {}
    return {"subnav": company_tabs("plans"), "subnav_title": company_name()}
