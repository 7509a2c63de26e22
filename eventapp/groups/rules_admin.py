"""By which rules a set is filled."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer
from eventapp.core.clock import now
from eventapp.core.errors import RuleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.events.models import Event
from eventapp.events.subnav import event_tabs
from eventapp.groups import queries, service
from eventapp.groups.admin import load
from eventapp.groups.forms import CompaniesForm, RulesForm
from eventapp.groups.models import GroupSet, RuleKind
from eventapp.groups.permissions import may_ask_needs
from eventapp.partners import queries as partners
from eventapp.partners.audiences import viewer

blueprint = Blueprint("group_rules", __name__)


@blueprint.route("/admin/events/<slug:slug>/groups/<id:set_id>/rules", methods=["GET", "POST"])
@organizer
def index(slug: str, set_id: int) -> ResponseReturnValue:
    """The general rules, and those about certain people and companies."""
    event, found = load(slug, set_id)
    form, status = RulesForm(data={"mixes": found.mixes, "near_door": found.near_door}), 200
    if form.validate_on_submit():
        with saving(form) as saved:
            mixes, near_door = bool(form.mixes.data), bool(form.near_door.data)
            service.switch_rules(found, mixes=mixes, near_door=near_door, by=current_user, at=now())
            saved.location = url_for(".index", slug=slug, set_id=set_id)
        if saved.ok:
            flash(_("Saved. The next automatic placing goes by it."), "success")
            return redirect(saved.location)
        status = saved.status
        event, found = load(slug, set_id)
    elif request.method == "POST":
        status = 422
    return _page(event, found, form, CompaniesForm(formdata=None)), status


def _page(event: Event, found: GroupSet, form: RulesForm, companies: CompaniesForm) -> str:
    return render_template(
        "groups/admin/rules.html",
        event=event,
        found=found,
        lines=queries.rule_lines(found),
        door_groups=sum(one.near_door for one in queries.groups_of(found)),
        asks_needs=may_ask_needs(viewer()),
        form=form,
        companies_form=companies,
        has_errors=form.refused or companies.refused,
        subnav=event_tabs(event, "groups"),
    )


@blueprint.post("/admin/events/<slug:slug>/groups/<id:set_id>/rules/apart")
@organizer
def apart(slug: str, set_id: int) -> ResponseReturnValue:
    """Keeps two companies apart."""
    event, found = load(slug, set_id)
    form, status = CompaniesForm(), 422
    if form.validate():
        with saving(form) as saved:
            companies = [partners.company_named(form.first.data, "first"), partners.company_named(form.second.data, "second")]
            if companies[0].id == companies[1].id:
                raise RuleError(_("Name two different companies."), "second", 422)
            service.add_rule(found, RuleKind.APART, companies=companies, by=current_user, at=now())
            saved.location = url_for(".index", slug=slug, set_id=set_id)
        if saved.ok:
            flash(_("The rule is there. The next automatic placing goes by it."), "success")
            return redirect(saved.location)
        status = saved.status
        event, found = load(slug, set_id)
    rules = RulesForm(formdata=None, data={"mixes": found.mixes, "near_door": found.near_door})
    return _page(event, found, rules, form), status


@blueprint.post("/admin/events/<slug:slug>/groups/<id:set_id>/rules/<id:group_rule_id>/delete")
@organizer
def remove(slug: str, set_id: int, group_rule_id: int) -> ResponseReturnValue:
    """Takes a rule away."""
    _event, found = load(slug, set_id)
    rule = queries.rule(found, group_rule_id)
    with saving(ActionForm()) as saved:
        service.remove_rule(found, rule, by=current_user, at=now())
        saved.location = url_for(".index", slug=slug, set_id=set_id)
    if saved.error is not None:
        flash(saved.error.message, "danger")
    else:
        flash(_("The rule is gone."), "success")
    return redirect(url_for(".index", slug=slug, set_id=set_id))
