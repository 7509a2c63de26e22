"""Pages on which the owner weighs: options, criteria, scores, and the premortem."""

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.web.audiences import signed_in
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.decisions import queries, rules, service
from eventapp.decisions.forms import CriterionForm, OptionForm, RiskForm, option_values, risk_values, scores_form
from eventapp.decisions.models import DecisionCriterion, DecisionOption, DecisionRisk
from eventapp.decisions.texts import page
from eventapp.decisions.views import ONE
from eventapp.decisions.work import back_to, edit, owned

blueprint = Blueprint("decision_weighing", __name__)


def _option(decision_id: int, option_id: int | None) -> ResponseReturnValue:
    found = owned(decision_id)
    option = queries.part_of_decision(DecisionOption, found, option_id) if option_id is not None else None
    form = OptionForm(data=option_values(option) if option is not None else None)

    def act() -> None:
        service.set_option(found, option, form.details(), version=version_in(form), by=current_user, at=now())

    def fresh() -> DecisionOption:
        again: DecisionOption = queries.part_of_decision(DecisionOption, owned(decision_id), option_id or 0)
        return again

    title = option.title if option is not None else _("Add an option")
    return edit(form, title, decision_id, act, fresh, ("title", "pros", "cons"), "options")


@blueprint.route(f"{ONE}/options/new", methods=["GET", "POST"])
@signed_in
def new_option(decision_id: int) -> ResponseReturnValue:
    """Adds an option."""
    return _option(decision_id, None)


@blueprint.route(f"{ONE}/options/<id:decision_option_id>", methods=["GET", "POST"])
@signed_in
def edit_option(decision_id: int, decision_option_id: int) -> ResponseReturnValue:
    """Changes an option."""
    return _option(decision_id, decision_option_id)


@blueprint.post(f"{ONE}/options/<id:decision_option_id>/delete")
@signed_in
def delete_option(decision_id: int, decision_option_id: int) -> ResponseReturnValue:
    """Takes an option away."""
    found = owned(decision_id)
    option = queries.part_of_decision(DecisionOption, found, decision_option_id)
    back = back_to(decision_id, "options")
    return carry_out_at_once(ActionForm(), lambda: service.remove_option(found, option, by=current_user, at=now()), back)


@blueprint.route(f"{ONE}/criteria", methods=["GET", "POST"])
@signed_in
def criteria(decision_id: int) -> ResponseReturnValue:
    """What options are compared by."""
    found = owned(decision_id)
    form = CriterionForm()

    def act() -> str:
        service.add_criterion(found, form.text.data or "", form.weight.data or 1, by=current_user, at=now())
        return url_for(".criteria", decision_id=decision_id)

    def show(_stale: bool) -> str:
        again = owned(decision_id)
        there = queries.criteria_of(again)
        left = rules.WHOLE - sum(one.weight for one in there)
        return page("decisions/criteria.html", decision=again, criteria=there, left=left, form=form, has_errors=form.refused)

    return carry_out(form, act, show, said=lambda: _("Added."))


@blueprint.post(f"{ONE}/criteria/<id:decision_criterion_id>/delete")
@signed_in
def delete_criterion(decision_id: int, decision_criterion_id: int) -> ResponseReturnValue:
    """Takes a criterion away."""
    found = owned(decision_id)
    one = queries.part_of_decision(DecisionCriterion, found, decision_criterion_id)
    back = url_for(".criteria", decision_id=decision_id)
    return carry_out_at_once(ActionForm(), lambda: service.remove_criterion(found, one, by=current_user, at=now()), back)


@blueprint.route(f"{ONE}/scores", methods=["GET", "POST"])
@signed_in
def scores(decision_id: int) -> ResponseReturnValue:
    """How well each option meets each criterion."""
    found = owned(decision_id)
    options, (there, given) = queries.options_of(found), queries.criteria_and_scores(found)
    form = scores_form(options, there, given)

    def act() -> str:
        service.set_scores(found, form.scores(), by=current_user, at=now())
        return back_to(decision_id, "options")

    def show(_stale: bool) -> str:
        again = owned(decision_id)
        return page("decisions/scores.html", decision=again, options=options, criteria=there, form=form, has_errors=form.refused)

    return carry_out(form, act, show)


def _risk(decision_id: int, risk_id: int | None) -> ResponseReturnValue:
    found = owned(decision_id)
    risk = queries.part_of_decision(DecisionRisk, found, risk_id) if risk_id is not None else None
    form = RiskForm(data=risk_values(risk) if risk is not None else None)

    def act() -> None:
        service.set_risk(found, risk, form.details(), version=version_in(form), by=current_user, at=now())

    def fresh() -> DecisionRisk:
        again: DecisionRisk = queries.part_of_decision(DecisionRisk, owned(decision_id), risk_id or 0)
        return again

    names = ("text", "trigger", "prevention", "action", "due")
    return edit(form, _("Premortem"), decision_id, act, fresh, names, "premortem")


@blueprint.route(f"{ONE}/premortem/new", methods=["GET", "POST"])
@signed_in
def new_risk(decision_id: int) -> ResponseReturnValue:
    """Adds an item of the premortem."""
    return _risk(decision_id, None)


@blueprint.route(f"{ONE}/premortem/<id:decision_risk_id>", methods=["GET", "POST"])
@signed_in
def edit_risk(decision_id: int, decision_risk_id: int) -> ResponseReturnValue:
    """Changes an item of the premortem."""
    return _risk(decision_id, decision_risk_id)


@blueprint.post(f"{ONE}/premortem/<id:decision_risk_id>/<any(delete, done):decision_act>")
@signed_in
def change_risk(decision_id: int, decision_risk_id: int, decision_act: str) -> ResponseReturnValue:
    """Takes an item away, or notes that what prevents it is done."""
    found = owned(decision_id)
    risk = queries.part_of_decision(DecisionRisk, found, decision_risk_id)
    act = service.remove_risk if decision_act == "delete" else service.finish_action
    back = back_to(decision_id, "premortem")
    return carry_out_at_once(ActionForm(), lambda: act(found, risk, by=current_user, at=now()), back)
