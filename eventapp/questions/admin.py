"""Organizer pages of an event's form: the builder, deadlines, copying, preview, the check of all paths."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms.fields import SelectChoice

from eventapp.accounts.audiences import organizer, reader
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.times import LocalTimeError, to_local
from eventapp.events import queries as events
from eventapp.events.models import Event
from eventapp.partners.audiences import viewer
from eventapp.questions import pages, queries, service
from eventapp.questions.forms import CopyForm, DeadlinesForm, TakeForm
from eventapp.questions.hooks import keeper
from eventapp.questions.pages import Place
from eventapp.questions.preview import preview_page, world_of
from eventapp.questions.rules.paths import check as check_paths

blueprint = Blueprint("questions_admin", __name__)


@blueprint.get("/admin/events/<slug:slug>/form/")
@reader
def index(slug: str) -> str:
    """The form, section by section."""
    event = events.event_by_slug(viewer(), slug)
    return _page(event)


def _page(event: Event, deadlines: DeadlinesForm | None = None) -> str:
    everything = queries.form_of(event.id, archived=True)
    archived = [q for q in queries.questions_in(everything) if q.archived]
    for section in everything:
        section.questions[:] = [q for q in section.questions if not q.archived]
    questions = queries.questions_in(everything)
    closing = queries.deadlines(event.id)
    pools = queries.option_pools(event.id)
    return render_template(
        "questions/admin/index.html",
        stages=pages.stages_of(everything),
        archived=archived,
        counts=keeper().counts([q.id for q in [*questions, *archived]]),
        limited={question_id for question_id, _key in pools},
        pools=pools,
        take=_take_form(everything),
        copy=_copy_form(event),
        deadlines=deadlines or DeadlinesForm(formdata=None, data=_closing_values(event)),
        closing=closing,
        has_errors=deadlines is not None and deadlines.refused,
        **Place(event.slug).context(),
    )


def _closing_values(event: Event) -> dict[str, object]:
    found = queries.deadlines(event.id)
    return {
        f"closes_{stage.value}": to_local(moment, event.time_zone).replace(tzinfo=None) if moment else None
        for stage, moment in found.items()
    }


def _take_form(sections: list[queries.AskedSection]) -> TakeForm | None:
    offered = queries.library()
    if not sections or not queries.questions_in(offered):
        return None
    form = TakeForm()
    form.question.choices = [
        SelectChoice(q.id, q.label, optgroup=section.title) for section in offered for q in section.questions
    ]
    form.section.choices = [SelectChoice(s.id, s.title) for s in sections]
    return form


def _copy_form(event: Event) -> CopyForm | None:
    others = queries.other_forms(event)
    if not others:
        return None
    form = CopyForm()
    form.source.choices = [SelectChoice(id_, title) for id_, title in others]
    return form


@blueprint.route("/admin/events/<slug:slug>/form/sections/add", methods=["GET", "POST"])
@organizer
def add_section(slug: str) -> ResponseReturnValue:
    """A new section."""
    return pages.section_page(Place(slug), None)


@blueprint.route("/admin/events/<slug:slug>/form/sections/<id:section_id>", methods=["GET", "POST"])
@organizer
def edit_section(slug: str, section_id: int) -> ResponseReturnValue:
    """Changes a section."""
    return pages.section_page(Place(slug), section_id)


@blueprint.post("/admin/events/<slug:slug>/form/sections/<id:section_id>/move")
@organizer
def move_section(slug: str, section_id: int) -> ResponseReturnValue:
    """Moves a section up, down or elsewhere."""
    return pages.move(Place(slug), section_id=section_id)


@blueprint.post("/admin/events/<slug:slug>/form/sections/<id:section_id>/delete")
@organizer
def delete_section(slug: str, section_id: int) -> ResponseReturnValue:
    """Deletes an empty section."""

    def delete(event: Event | None) -> None:
        service.delete_section(event, queries.section(event, section_id), by=current_user, at=now())

    return pages.act(Place(slug), delete, _("Deleted."))


@blueprint.route("/admin/events/<slug:slug>/form/questions/add", methods=["GET", "POST"])
@organizer
def add(slug: str) -> ResponseReturnValue:
    """A new question."""
    return pages.question_page(Place(slug), None)


@blueprint.route("/admin/events/<slug:slug>/form/questions/<id:question_id>", methods=["GET", "POST"])
@organizer
def edit(slug: str, question_id: int) -> ResponseReturnValue:
    """Changes a question; first in numbers, if it has answers."""
    return pages.question_page(Place(slug), question_id)


@blueprint.post("/admin/events/<slug:slug>/form/questions/<id:question_id>/move")
@organizer
def move(slug: str, question_id: int) -> ResponseReturnValue:
    """Moves a question up, down or elsewhere."""
    return pages.move(Place(slug), question_id=question_id)


@blueprint.post("/admin/events/<slug:slug>/form/questions/<id:question_id>/<any(archive, unarchive, delete, save):what>")
@organizer
def act(slug: str, question_id: int, what: str) -> ResponseReturnValue:
    """Archives a question, asks it again, deletes it, or saves a copy to the library."""

    def carry_out(event: Event | None) -> None:
        question, asked = queries.question(event, question_id)
        if what == "save":
            service.to_library(asked, by=current_user, at=now())
        else:
            acts = {"archive": service.archive, "unarchive": service.unarchive, "delete": service.delete_question}
            acts[what](event, question, by=current_user, at=now())

    done = {
        "archive": _("Archived. Its answers stay."),
        "unarchive": _("It is asked again."),
        "delete": _("Deleted."),
        "save": _("Saved to the library."),
    }
    return pages.act(Place(slug), carry_out, done[what])


@blueprint.post("/admin/events/<slug:slug>/form/take")
@organizer
def take(slug: str) -> ResponseReturnValue:
    """Copies a question of the library into the form."""
    place = Place(slug)
    event = events.event_by_slug(viewer(), slug)
    form = _take_form(queries.form_of(event.id))
    if form is None:
        raise NotFoundError(slug)
    if not form.validate():
        flash(_("Choose a question of the library and a section."), "warning")
        return redirect(place.url("index"))
    with saving(form) as saved:
        _question, asked = queries.question(None, form.question.data)
        section = queries.section(event, form.section.data)
        service.from_library(event, section, asked, by=current_user, at=now())
        saved.location = place.url("index")
    return pages.answer(place, saved, _("Added."))


@blueprint.post("/admin/events/<slug:slug>/form/copy")
@organizer
def copy(slug: str) -> ResponseReturnValue:
    """Copies the form of another event behind what is there."""
    place = Place(slug)
    event = events.event_by_slug(viewer(), slug)
    form = _copy_form(event)
    if form is None:
        raise NotFoundError(slug)
    if not form.validate():
        flash(_("Choose an event."), "warning")
        return redirect(place.url("index"))
    with saving(form) as saved:
        service.copy_form(event, events.event_by_id(form.source.data), by=current_user, at=now())
        saved.location = place.url("index")
    return pages.answer(place, saved, _("Copied."))


@blueprint.post("/admin/events/<slug:slug>/form/deadlines")
@organizer
def deadlines(slug: str) -> ResponseReturnValue:
    """Until when the stages may be filled in."""
    event = events.event_by_slug(viewer(), slug)
    form = DeadlinesForm()
    status = 422
    if form.validate():
        with saving(form) as saved:
            try:
                closing = form.closing(event.time_zone)
            except LocalTimeError as error:
                message = _("Clocks in that place do not show this time exactly once that day. Choose another.")
                raise RuleError(message, "closes_a", 422) from error
            service.set_deadlines(event, closing, by=current_user, at=now())
            saved.location = url_for(".index", slug=slug)
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), slug)
    return _page(event, form), status


@blueprint.route("/admin/events/<slug:slug>/form/preview", methods=["GET", "POST"])
@reader
def preview(slug: str) -> ResponseReturnValue:
    """The form as one kind of participant sees it. Nothing that is typed here is kept."""
    return preview_page(Place(slug), request.args, request.form if request.method == "POST" else None)


@blueprint.get("/admin/events/<slug:slug>/form/check")
@reader
def check(slug: str) -> str:
    """Walks all paths through the form and says what is odd."""
    event = events.event_by_slug(viewer(), slug)
    questions = queries.questions_in(queries.form_of(event.id))
    return render_template(
        "questions/admin/check.html",
        checked=check_paths(questions, world_of(event)),
        questions=sum(not q.silent for q in questions),
        **Place(slug).context(),
    )
