"""Automatic placing: what it would do, doing it, and taking it back."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import HiddenField

from eventapp.accounts.audiences import organizer
from eventapp.core.clock import now
from eventapp.core.errors import RuleError
from eventapp.core.forms import ActionForm, Form
from eventapp.core.i18n import ngettext
from eventapp.core.saving import saving
from eventapp.events.models import Event
from eventapp.events.subnav import event_tabs
from eventapp.groups import queries, service
from eventapp.groups.admin import load
from eventapp.groups.models import GroupSet
from eventapp.groups.permissions import may_ask_needs
from eventapp.groups.rules.words import group_label, problem_text
from eventapp.partners.audiences import viewer

blueprint = Blueprint("group_placing", __name__)
MOST_SEEDS = 1000


class PlaceForm(Form):
    """What was looked at, so that exactly this is done."""

    fingerprint = HiddenField()


def _anew() -> bool:
    return request.args.get("who") == "everybody"


def _seed() -> int:
    """Which of many equally good placings; another one for whoever asks for it."""
    asked = request.args.get("seed", "")
    return min(int(asked), MOST_SEEDS) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1


@blueprint.route("/admin/events/<slug:slug>/groups/<id:set_id>/place", methods=["GET", "POST"])
@organizer
def place(slug: str, set_id: int) -> ResponseReturnValue:
    """Shows what automatic placing would do, in numbers and with what it cannot fulfil; sent, it does that."""
    event, found = load(slug, set_id)
    form, status = PlaceForm(), 200
    if form.validate_on_submit():
        moved = 0
        with saving(form) as saved:
            made = service.apply(
                viewer(),
                event,
                found,
                anew=_anew(),
                seed=_seed(),
                fingerprint=form.fingerprint.data or "",
                by=current_user,
                at=now(),
            )
            moved = len(made.moved)
            saved.location = url_for("group_board.show", slug=slug, set_id=set_id)
        if saved.ok:
            flash(ngettext("%(num)s person was placed.", "%(num)s people were placed.", moved), "success")
            return redirect(saved.location)
        status = saved.status
        event, found = load(slug, set_id)
    elif request.method == "POST":
        status = 422
    return _page(event, found, form), status


def _page(event: Event, found: GroupSet, form: PlaceForm) -> str:
    groups = queries.groups_of(found)
    try:
        draft, refused = service.draft(viewer(), event, found, anew=_anew(), seed=_seed()), ""
    except RuleError as error:
        draft, refused = None, error.message
    rules = {rule: " · ".join(names) for rule, names in draft.names.items()} if draft else {}
    form.fingerprint.data = draft.fingerprint if draft else ""
    return render_template(
        "groups/admin/place.html",
        event=event,
        found=found,
        draft=draft,
        refused=refused,
        groups=groups,
        labels={one.id: group_label(found.kind, one.number, one.name) for one in groups},
        problems=[problem_text(problem, rules) for problem in draft.problems] if draft else [],
        anew=_anew(),
        seed=_seed(),
        ignores_needs=found.near_door and not may_ask_needs(viewer()),
        form=form,
        has_errors=form.refused,
        subnav=event_tabs(event, "groups"),
    )


@blueprint.post("/admin/events/<slug:slug>/groups/<id:set_id>/undo")
@organizer
def undo(slug: str, set_id: int) -> ResponseReturnValue:
    """Takes the last automatic placing back."""
    _event, found = load(slug, set_id)
    back = stay = 0
    with saving(ActionForm()) as saved:
        back, stay = service.undo(found, by=current_user, at=now())
        saved.location = url_for("group_board.show", slug=slug, set_id=set_id)
    if saved.error is not None:
        flash(saved.error.message, "danger")
    else:
        text = ngettext("%(num)s person is where they were before.", "%(num)s people are where they were before.", back)
        more = ngettext("%(num)s person stays.", "%(num)s people stay.", stay)
        flash(f"{text} {more}" if stay else text, "success")
    return redirect(url_for("group_board.show", slug=slug, set_id=set_id))
