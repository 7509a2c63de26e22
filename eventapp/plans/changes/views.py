"""The pages of requests for changes."""

from flask import Blueprint, abort, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.partners.audiences import viewer
from eventapp.plans import queries
from eventapp.plans.amending.service import may_be_given_up
from eventapp.plans.audiences import plan_reader, plan_writer
from eventapp.plans.changes import queries as changes
from eventapp.plans.changes import service
from eventapp.plans.changes.forms import AnswerForm, ProposalForm
from eventapp.plans.changes.rules import may_decide, may_propose, may_withdraw
from eventapp.plans.content import queries as lines
from eventapp.plans.models import CHANGE_STATE_LABELS, ChangeRequest, PlanStatus
from eventapp.plans.pages import page
from eventapp.plans.permissions import is_lived_by, may_comment
from eventapp.plans.queries import Seen

blueprint = Blueprint("plan_changes", __name__)


@blueprint.get("/plans/<reference:plan_code>/changes/")
@plan_reader
def index(plan_code: str) -> str:
    """What was asked for, and what became of it."""
    seen = queries.plan(viewer(), plan_code)
    context, titles = lines.context(seen), {one.key: one.title for one in queries.sections(seen.plan)}
    lived = is_lived_by(seen.plan)

    def acts(one: ChangeRequest) -> tuple[bool, bool]:
        proposer = context.people[one.proposed_by_id]
        return may_decide(seen.standing, one, proposer) and lived, may_withdraw(seen.standing, one, proposer)

    return page(
        "plans/changes/index.html",
        seen,
        "changes",
        rows=[(one, [titles.get(key, key) for key in one.items], *acts(one)) for one in changes.requests(seen.plan)],
        context=context,
        change_labels=CHANGE_STATE_LABELS,
        may_add=may_propose(seen.standing, seen.plan),
        amended=may_be_given_up(seen.plan),
        may_give_up=may_be_given_up(seen.plan) and seen.standing.is_owner,
    )


@blueprint.route("/plans/<reference:plan_code>/changes/new", methods=["GET", "POST"])
@plan_writer
def new(plan_code: str) -> ResponseReturnValue:
    """Asks for a change."""
    seen = queries.plan(viewer(), plan_code)
    if not may_comment(seen.standing):
        abort(403)
    form = ProposalForm()
    form.offer(queries.sections(seen.plan))

    def act() -> str:
        said = (form.items.data or [], form.wanted.data or "", form.reason.data or "")
        service.propose(seen.plan, *said, standing=seen.standing, by=current_user, at=now())
        return url_for(".index", plan_code=plan_code)

    def show(_stale: bool) -> str:
        return page("plans/changes/new.html", seen, "changes", form=form, has_errors=form.refused)

    return carry_out(form, act, show, said=lambda: _("Asked for. The owners get a mail."))


def _one(plan_code: str, change_id: int) -> tuple[Seen, ChangeRequest]:
    seen = queries.plan(viewer(), plan_code)
    return seen, changes.change_request(seen.plan, change_id)


@blueprint.route("/plans/<reference:plan_code>/changes/<id:change_id>", methods=["GET", "POST"])
@plan_writer
def decide(plan_code: str, change_id: int) -> ResponseReturnValue:
    """An owner answers."""
    seen, request = _one(plan_code, change_id)
    if not seen.standing.is_owner:
        abort(403)
    form = AnswerForm(data={"version": str(request.version)})
    form.offer(amends=seen.plan.status is PlanStatus.ACTIVE and seen.plan.amendment is None)

    def act() -> str:
        yes, answer = form.verdict.data == "accept", form.answer.data or ""
        how = {"standing": seen.standing, "by": current_user, "at": now()}
        service.decide(seen.plan, request, accepted=yes, answer=answer, version=version_in(form), **how)
        return url_for(".index", plan_code=plan_code)

    def show(_stale: bool) -> str:
        again, there = (seen, request) if not form.is_submitted() else _one(plan_code, change_id)
        context = lines.context(again)
        titles = {one.key: one.title for one in queries.sections(again.plan)}
        return page(
            "plans/changes/decide.html",
            again,
            "changes",
            form=form,
            one=there,
            titles=[titles.get(key, key) for key in there.items],
            context=context,
            change_labels=CHANGE_STATE_LABELS,
            may=may_decide(again.standing, there, context.people[there.proposed_by_id]),
            has_errors=form.refused,
        )

    return carry_out(form, act, show, said=lambda: _("Answered. Whoever asked gets a mail."))


@blueprint.post("/plans/<reference:plan_code>/changes/<id:change_id>/withdraw")
@plan_writer
def withdraw(plan_code: str, change_id: int) -> ResponseReturnValue:
    """Takes a request back."""
    seen, request = _one(plan_code, change_id)
    if not may_comment(seen.standing):
        abort(403)

    def act() -> None:
        service.withdraw(seen.plan, request, standing=seen.standing, by=current_user, at=now())

    return carry_out_at_once(ActionForm(), act, url_for(".index", plan_code=plan_code), _("Taken back."))
