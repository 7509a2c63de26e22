"""The board of a set: some of its groups opened, who has no place, and acts on the people who are ticked."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import ColumnElement, func, select
from werkzeug.datastructures import MultiDict

from eventapp.accounts.audiences import organizer, reader
from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.i18n import _, ngettext
from eventapp.core.saving import saving
from eventapp.core.tables import Column, Filter, Listing, Table
from eventapp.events import queries as events
from eventapp.events.models import Event
from eventapp.events.subnav import event_tabs
from eventapp.groups import queries, service
from eventapp.groups.forms import MoveForm
from eventapp.groups.models import Group, GroupPlace, GroupSet, RuleKind
from eventapp.groups.permissions import may_ask_needs
from eventapp.groups.rules.checking import problems
from eventapp.groups.rules.facts import pairs
from eventapp.groups.rules.words import group_label, problem_text, when_text
from eventapp.partners.audiences import viewer
from eventapp.partners.models import Organisation, Person
from eventapp.registrations.listing import search
from eventapp.registrations.models import Registration

blueprint = Blueprint("group_board", __name__)

# People of the opened groups on a page, and lines of the tray.
MOST_OPEN, MOST_GROUPS, TRAY = 120, 4, 30
LONGEST_IDS = 500


@blueprint.get("/admin/events/<slug:slug>/groups/<id:set_id>")
@reader
def show(slug: str, set_id: int) -> str:
    """Groups as cards, some of them opened; the tray beside them finds everybody else."""
    event = events.event_by_slug(viewer(), slug)
    return board(event, queries.group_set(event, set_id))


def board(event: Event, found: GroupSet, *, form: MoveForm | None = None, ticked: Collection[int] = ()) -> str:
    """The page; with a form that was refused, and who was ticked in it."""
    groups = queries.groups_of(found)
    taking = queries.taking(found, groups, queries.needing_door(viewer(), event, found), anew=True)
    facts, places = taking.facts, taking.places
    rules = {rule: " · ".join(names) for rule, names in taking.names.items()}
    opened = opened_groups(groups, request.args)
    return render_template(
        "groups/admin/board.html",
        event=event,
        found=found,
        groups=groups,
        opened=opened,
        members=queries.members([one.id for one in opened]) if opened else {},
        most=MOST_OPEN,
        labels={one.id: group_label(found.kind, one.number, one.name) for one in groups},
        tray=_tray(event, found, sum(guest.id not in places for guest in facts.guests)),
        numbers={
            "people": len(facts.guests),
            "placed": sum(guest.id in places for guest in facts.guests),
            "gone": len(places) - sum(guest.id in places for guest in facts.guests),
            "free": sum(one.pool.free or 0 for one in groups),
            "pairs": pairs(places, facts.companies()),
        },
        problems=[problem_text(problem, rules) for problem in problems(facts, places)],
        ignores_needs=found.near_door and not may_ask_needs(viewer()),
        when=when_text(found, event.time_zone),
        aside=queries.aside(found),
        form=form or MoveForm(formdata=None),
        ticked=set(ticked),
        has_errors=form is not None and form.refused,
        subnav=event_tabs(event, "groups"),
    )


def opened_groups(groups: Sequence[Group], args: MultiDict[str, str]) -> list[Group]:
    """The few groups whose people the page shows: those around the one that the address names by its number."""
    if not groups:
        return []
    size = max(one.pool.taken for one in groups) or 1
    each = max(1, min(MOST_GROUPS, MOST_OPEN // size))
    asked = args.get("open", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0
    index = next((n for n, one in enumerate(groups) if one.number == number), 0)
    first = index - index % each
    return list(groups[first : first + each])


def _tray(event: Event, found: GroupSet, without: int) -> Listing:
    """Who has no place, so many; with a search or a filter everybody who is found."""
    table = Table(
        path=url_for("group_board.show", slug=event.slug, set_id=found.id),
        columns=[
            Column("name", _("Name"), Person.sort_key),
            Column("company", _("Company"), Organisation.sort_key),
            Column("group", _("Group")),
        ],
        key=Registration.id,
        default="name",
        filters=[
            Filter(
                "seat",
                _("Place"),
                [("none", _("Without a place"), None), ("some", _("With a place"), None), ("pinned", _("Pinned"), None)],
                _seated,
            )
        ],
        search=search,
        search_label=_("Name or company"),
        kept=("open",),
    )
    query = queries.people(found)
    if not table.condition(request.args):
        query = query.where(GroupPlace.group_id.is_(None))
    return table.page(query, request.args, lambda conditions: _totals(found, conditions, without), size=TRAY)


def _seated(values: list[str]) -> ColumnElement[bool]:
    ways: dict[str, ColumnElement[bool]] = {
        "none": GroupPlace.group_id.is_(None),
        "some": GroupPlace.group_id.is_not(None),
        "pinned": GroupPlace.pinned.is_(True),
    }
    found = ways[values[0]]
    for value in values[1:]:
        found = found | ways[value]
    return found


def _totals(found: GroupSet, conditions: list[ColumnElement[bool]], without: int) -> list[tuple[int, str]]:
    if not conditions:
        return [(without, _("without a place"))]
    query = queries.people(found).where(*conditions)
    number = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    return [(number, ngettext("person", "people", number))]


@blueprint.post("/admin/events/<slug:slug>/groups/<id:set_id>/act")
@organizer
def act(slug: str, set_id: int) -> ResponseReturnValue:
    """Does something with the ticked people. Refused, the page comes back with everybody still ticked."""
    event = events.event_by_slug(viewer(), slug)
    found = queries.group_set(event, set_id)
    ids = _ids()
    form = MoveForm()
    here = url_for(".show", slug=slug, set_id=set_id, **_back())
    form.validate()
    with saving(form) as saved:
        text = _carry_out(found, form, ids)
        saved.location = here
    if saved.ok:
        flash(text, "success")
        return redirect(saved.location)
    event = events.event_by_slug(viewer(), slug)
    return board(event, queries.group_set(event, set_id), form=form, ticked=ids), saved.status


def _ids() -> list[int]:
    found = [int(text) for text in request.form.getlist("ids") if text.isascii() and text.isdigit() and len(text) < 10]
    return found[:LONGEST_IDS]


def _back() -> dict[str, Any]:
    """The arguments of the page from which the form was sent."""
    known = ("open", "q", "seat", "sort", "after", "before")
    return {name: request.args.getlist(name) for name in known if name in request.args}


def _carry_out(found: GroupSet, form: MoveForm, ids: list[int]) -> str:
    acts: dict[str, Callable[[GroupSet, MoveForm, list[int]], str]] = {
        "move": _move,
        "free": _free,
        "pin": lambda found, _form, ids: _pin(found, ids, True),
        "unpin": lambda found, _form, ids: _pin(found, ids, False),
        "together": lambda found, _form, ids: _rule(found, ids, RuleKind.TOGETHER),
        "apart": lambda found, _form, ids: _rule(found, ids, RuleKind.APART),
    }
    if form.act.data not in acts:
        raise RuleError(_("Choose what to do."), status=422)
    if not ids:
        raise RuleError(_("Tick somebody first."), status=422)
    return acts[form.act.data](found, form, ids)


def _target(found: GroupSet, text: str) -> Group:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise RuleError(_("Choose a group."), "group", 422)
    try:
        return queries.group(found, int(text))
    except NotFoundError as error:
        raise RuleError(_("This group is gone. Choose another one."), "group", 409) from error


def _move(found: GroupSet, form: MoveForm, ids: list[int]) -> str:
    to = _target(found, form.group.data or "")
    number = service.move(found, ids, to, by=current_user, at=now())
    label = group_label(found.kind, to.number, to.name)
    return ngettext("%(num)s person moved to %(group)s.", "%(num)s people moved to %(group)s.", number, group=label)


def _free(found: GroupSet, _form: MoveForm, ids: list[int]) -> str:
    number = service.move(found, ids, None, by=current_user, at=now())
    return ngettext("%(num)s person has no place now.", "%(num)s people have no place now.", number)


def _pin(found: GroupSet, ids: list[int], pinned: bool) -> str:
    number = service.pin(found, ids, pinned, by=current_user, at=now())
    if pinned:
        return ngettext("%(num)s person is pinned now.", "%(num)s people are pinned now.", number)
    return ngettext("%(num)s person is not pinned any more.", "%(num)s people are not pinned any more.", number)


def _rule(found: GroupSet, ids: list[int], kind: RuleKind) -> str:
    service.add_rule(found, kind, registrations=ids, by=current_user, at=now())
    return _("The rule is there. The next automatic placing goes by it.")
