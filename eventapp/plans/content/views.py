"""The pages of a section, the same for all kinds of rows: reading, adding, changing, removing, agreeing."""

from typing import Any

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.partners.audiences import viewer
from eventapp.plans import presence, queries
from eventapp.plans.audiences import plan_reader, plan_writer
from eventapp.plans.comments import queries as comments
from eventapp.plans.comments import service as commenting
from eventapp.plans.content import agreeing, editing, market, means, objectives, swot  # noqa: F401 - a kind of row is there once it is imported
from eventapp.plans.content import queries as lines
from eventapp.plans.content.checking import rows_missing
from eventapp.plans.content.forms import TextForm
from eventapp.plans.content.lines import KINDS, Context, LineForm, LineKind, quarter_name
from eventapp.plans.content.progress import places, progress
from eventapp.plans.content.showing import Met, show_conflict, watching
from eventapp.plans.models import PlanSection, SectionKind, SectionState
from eventapp.plans.pages import page
from eventapp.plans.permissions import (
    is_agreeable,
    is_lived_by,
    is_writable,
    may_agree,
    may_comment,
    may_read_actuals,
    may_write,
)
from eventapp.plans.queries import Seen

blueprint = Blueprint("plan_sections", __name__)


def _section(plan_code: str, section_key: str) -> tuple[Seen, PlanSection]:
    seen = queries.plan(viewer(), plan_code)
    return seen, queries.section(seen.plan, section_key)


def _to_write(plan_code: str, section_key: str) -> tuple[Seen, PlanSection]:
    """The section for somebody who may write in it; 403 for whoever may only read it."""
    seen, section = _section(plan_code, section_key)
    if not may_write(seen.standing, section):
        abort(403)
    return seen, section


def _kind(section: PlanSection) -> LineKind:
    """What rows the section holds. Raises NotFoundError if it holds none."""
    if section.kind not in KINDS:
        raise NotFoundError(section.key)
    return KINDS[section.kind]


@blueprint.get("/plans/<reference:plan_code>/sections/<slug:section_key>")
@plan_reader
def show(plan_code: str, section_key: str) -> str:
    """A section: its text or rows, what is missing in it, and who has agreed."""
    seen = queries.plan(viewer(), plan_code)
    section, agreed, last_edit, state = lines.shown(seen.plan, section_key)
    kind = KINDS.get(section.kind)
    at = now()
    everybody, inside = presence.teams_with_places(seen.plan, at)
    context = Context(seen.plan, {one.id: one for one in everybody}, seen.names, seen.standing)
    rows = lines.lines(kind.model, section) if kind else []
    writes = may_write(seen.standing, section) and is_writable(seen.plan)
    agrees = may_agree(seen.standing) and is_agreeable(seen.plan) and section.state is not SectionState.EMPTY
    blocked = agreeing.blocked(seen.plan) if agrees else None
    # Of a plan that is over nobody needs to know how its company stands today.
    counted = section.kind if may_read_actuals(seen.standing) and is_lived_by(seen.plan) else None
    return page(
        "plans/content/section.html",
        seen,
        "plan",
        section=section,
        kind=kind,
        rows=rows,
        progress=progress(viewer(), seen.plan, rows, at) if counted is SectionKind.ENABLEMENT else [],
        places=places(seen.plan, rows, at) if counted is SectionKind.INITIATIVES else [],
        quarter_name=quarter_name,
        context=context,
        agreed=agreed,
        last_edit=last_edit,
        state=state,
        quick=is_writable(seen.plan),
        others=[one.name for one in inside.get(section.key, ()) if one is not seen.standing.member],
        missing=rows_missing(seen.plan, section, rows),
        may_edit=writes,
        may_agree=agrees and blocked is None,
        blocked=blocked,
        comments=comments.comments(section),
        may_comment=may_comment(seen.standing) and commenting.is_open(seen.plan),
        is_text=section.kind is SectionKind.TEXT,
    )


@blueprint.route("/plans/<reference:plan_code>/sections/<slug:section_key>/add", methods=["GET", "POST"])
@plan_writer
def add(plan_code: str, section_key: str) -> ResponseReturnValue:
    """Adds a row."""
    seen, section = _to_write(plan_code, section_key)
    kind = _kind(section)
    form = kind.form()
    form.offer(lines.context(seen))

    def act() -> str:
        editing.add(seen.plan, section, kind.model, form.typed(), standing=seen.standing, by=current_user, at=now())
        return url_for(".show", plan_code=plan_code, section_key=section_key)

    def show_again(_stale: bool) -> str:
        return _form_page(plan_code, section_key, kind, form, None)

    if _spreads(form):
        return show_again(False)
    return carry_out(form, act, show_again)


@blueprint.route("/plans/<reference:plan_code>/sections/<slug:section_key>/<id:line_id>", methods=["GET", "POST"])
@plan_writer
def edit(plan_code: str, section_key: str, line_id: int) -> ResponseReturnValue:
    """Changes a row; what others wrote meanwhile is merged, or shown to decide."""
    seen, section = _to_write(plan_code, section_key)
    kind = _kind(section)
    row, context = lines.line(kind.model, section, line_id), lines.context(seen)
    if not kind.may_open(row, context):
        raise NotFoundError(line_id)
    form = kind.form(obj=row)
    form.offer(context)
    met = watching()

    def act() -> str:
        with met:
            editing.change(
                seen.plan, section, row, form.typed(), base=version_in(form), standing=seen.standing, by=current_user, at=now()
            )
        return url_for(".show", plan_code=plan_code, section_key=section_key)

    def show_again(_stale: bool) -> str:
        there = lines.line_or_none(kind.model, section, line_id)
        return _form_page(plan_code, section_key, kind, form, there, met)

    if _spreads(form):
        return show_again(False)
    return carry_out(form, act, show_again)


def _spreads(form: LineForm) -> bool:
    """Whether the button was pressed that fills in the quarters: nothing is saved, the form is shown with them."""
    if request.method != "POST" or "spread" not in request.form or not hasattr(form, "spread"):
        return False
    form.validate()
    for field in form.all_fields():
        field.errors = []
    form.spread()
    return True


def _form_page(plan_code: str, section_key: str, kind: LineKind, form: LineForm, row: Any | None, met: Met | None = None) -> str:
    """The form of a row; of one that was removed meanwhile the form adds it anew."""
    seen = queries.plan(viewer(), plan_code)
    section, _agreed, _last, state = lines.shown(seen.plan, section_key)
    if met is not None and row is not None:
        show_conflict(form, met, row, lines.context(seen).people)
    values: dict[str, Any] = {"plan_code": plan_code, "section_key": section_key}
    return page(
        "plans/content/line.html",
        seen,
        "plan",
        section=section,
        state=state,
        kind=kind,
        form=form,
        row=row,
        action=url_for(".add", **values) if row is None else url_for(".edit", line_id=row.id, **values),
        spreads=hasattr(form, "spread"),
        has_errors=form.refused,
    )


@blueprint.post("/plans/<reference:plan_code>/sections/<slug:section_key>/<id:line_id>/remove")
@plan_writer
def remove(plan_code: str, section_key: str, line_id: int) -> ResponseReturnValue:
    """Takes a row out."""
    seen, section = _to_write(plan_code, section_key)
    kind = _kind(section)
    row = lines.line(kind.model, section, line_id)
    if not kind.may_open(row, lines.context(seen)):
        raise NotFoundError(line_id)
    base = version_in(LineForm())

    def act() -> None:
        editing.remove(seen.plan, section, row, base=base, standing=seen.standing, by=current_user, at=now())

    back = url_for(".show", plan_code=plan_code, section_key=section_key)
    return carry_out_at_once(ActionForm(), act, back, _("Removed."))


@blueprint.route("/plans/<reference:plan_code>/sections/<slug:section_key>/text", methods=["GET", "POST"])
@plan_writer
def write(plan_code: str, section_key: str) -> ResponseReturnValue:
    """Writes a section of text."""
    seen, section = _to_write(plan_code, section_key)
    if section.kind is not SectionKind.TEXT:
        raise NotFoundError(section_key)
    form = TextForm(obj=section)
    met = watching()

    def act() -> str:
        typed = {"text": form.text.data or ""}
        values: dict[str, Any] = {"base": version_in(form), "standing": seen.standing, "by": current_user, "at": now()}
        with met:
            editing.change(seen.plan, section, section, typed, **values)
        return url_for(".show", plan_code=plan_code, section_key=section_key)

    def show_again(_stale: bool) -> str:
        again = queries.plan(viewer(), plan_code)
        there, _agreed, _last, state = lines.shown(again.plan, section_key)
        show_conflict(form, met, there, lines.context(again).people)
        return page("plans/content/text.html", again, "plan", section=there, state=state, form=form, has_errors=form.refused)

    return carry_out(form, act, show_again)


@blueprint.post("/plans/<reference:plan_code>/sections/<slug:section_key>/agree")
@plan_writer
def agree(plan_code: str, section_key: str) -> ResponseReturnValue:
    """Agrees for the own side, with the section as it was shown."""
    seen, section = _section(plan_code, section_key)
    if not may_agree(seen.standing):
        abort(403)
    version = version_in(LineForm())

    def act() -> None:
        agreeing.agree(seen.plan, section, version=version, standing=seen.standing, by=current_user, at=now())

    return carry_out_at_once(ActionForm(), act, url_for(".show", plan_code=plan_code, section_key=section_key))


@blueprint.post("/plans/<reference:plan_code>/sections/<slug:section_key>/disagree")
@plan_writer
def disagree(plan_code: str, section_key: str) -> ResponseReturnValue:
    """Takes the own side's agreement back."""
    seen, section = _section(plan_code, section_key)
    if not may_agree(seen.standing):
        abort(403)
    back = url_for(".show", plan_code=plan_code, section_key=section_key)
    return carry_out_at_once(
        ActionForm(), lambda: agreeing.disagree(seen.plan, section, standing=seen.standing, by=current_user, at=now()), back
    )
