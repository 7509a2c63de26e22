"""The builder's pages, the same for an event's form and for the library."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.saving import Saved, saving
from eventapp.events import queries as events
from eventapp.events.admission import queries as admission
from eventapp.events.models import MODE_LABELS, Event, Mode
from eventapp.events.subnav import event_tabs
from eventapp.partners.audiences import viewer
from eventapp.partners.models import TYPE_LABELS
from eventapp.questions import queries, service
from eventapp.questions.fields import Answers, Offer
from eventapp.questions.forms import MoveForm, QuestionForm, SectionForm, subjects, values_of
from eventapp.questions.hooks import keeper
from eventapp.questions.models import KIND_LABELS, SCOPE_LABELS, STAGE_LABELS, Kind, Question, Section, Stage
from eventapp.questions.rules.asked import Asked, Facts
from eventapp.questions.rules.changes import Numbers

# The same variables under other names: an address of the library never means a question of an event.
_IN_LIBRARY = {"section_id": "library_section_id", "question_id": "library_question_id"}


@dataclass(frozen=True)
class Place:
    """Where questions are built: the form of an event, or the library (no event)."""

    slug: str | None

    @property
    def event(self) -> Event | None:
        """The event, read anew: a refused change has left its transaction."""
        return events.event_by_slug(viewer(), self.slug) if self.slug is not None else None

    def url(self, name: str, **values: Any) -> str:
        """The address of a page of this builder."""
        if self.slug is None:
            return url_for(f"questions_library.{name}", **{_IN_LIBRARY.get(k, k): v for k, v in values.items()})
        return url_for(f"questions_admin.{name}", slug=self.slug, **values)

    def sections(self) -> list[queries.AskedSection]:
        """The form as it is now."""
        event = self.event
        return queries.form_of(event.id) if event is not None else queries.library()

    def context(self) -> dict[str, Any]:
        """What every template of the builder needs."""
        event = self.event
        return {
            "place": self,
            "event": event,
            "subnav": event_tabs(event, "form") if event is not None else library_tabs(),
            "kind_labels": KIND_LABELS,
            "scope_labels": SCOPE_LABELS,
            "stage_labels": STAGE_LABELS,
        }


def library_tabs() -> list[tuple[str, str, bool]]:
    """The way from the library back to the events."""
    return [(_("Events"), url_for("overview_admin.index"), False), (_("Questions"), url_for("questions_library.index"), True)]


def facts_of(event: Event | None) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """What conditions may ask about who answers: name, label, and the values with their labels."""
    modes = event.modes if event is not None else tuple(Mode)
    found = [
        ("type", _("Type of the company"), [(t.value, str(label)) for t, label in TYPE_LABELS.items()]),
        ("tier", _("Tier of the company"), [*((t.key, t.label) for t in events.tiers()), ("", _("No tier"))]),
        ("mode", _("Way to take part"), [(m.value, str(MODE_LABELS[m])) for m in modes]),
    ]
    if event is not None and event.restricted:
        found.append(("kind", _("Comes as"), [(str(kind.id), kind.name) for kind in admission.kinds_of(event.id)]))
    return [(name, label, [(value, text) for value, text in values if value]) for name, label, values in found]


def section_page(place: Place, section_id: int | None) -> ResponseReturnValue:
    """A new section, or one that is there."""
    event = place.event
    section = queries.section(event, section_id) if section_id is not None else None
    data = {"title": section.title, "help": section.help, "stage": section.stage.value} if section else None
    form = SectionForm(data=data)
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            if section is None:
                service.add_section(event, form.details(), by=current_user, at=now())
            else:
                service.change_section(event, section, form.details(), by=current_user, at=now())
            saved.location = place.url("index")
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
    elif request.method == "POST":
        status = 422
    page = render_template(
        "questions/admin/section.html", form=form, section_id=section_id, has_errors=form.refused, **place.context()
    )
    return page, status


def question_page(place: Place, question_id: int | None) -> ResponseReturnValue:
    """A new question, or one that is there. A change that touches answers first says what becomes of them."""
    event = place.event
    there = queries.question(event, question_id) if question_id is not None else None
    sections = place.sections()
    if not sections:
        flash(_("Add a section first."), "warning")
        return redirect(place.url("add_section"))
    zone = event.time_zone if event is not None else "UTC"
    form = QuestionForm(data=values_of(there[1], there[0].version, zone) if there else _first_values(sections))
    earlier = _earlier(sections, there[1] if there else None)
    form.offer([(s.id, s.title) for s in sections], subjects(earlier, facts_of(event)), zone)
    answers = keeper().counts([question_id]).get(question_id, 0) if question_id is not None else 0
    status, numbers = 200, None
    if request.method == "POST" and "add_options" in request.form:
        form.add_options()
    elif request.method == "POST" and "look" in request.form:
        pass
    elif form.validate_on_submit():
        saved, numbers = _save(place, event, there, form, answers)
        if saved is not None and saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status if saved is not None else 200
        if saved is not None and there is not None:
            form.version.data = str(queries.question(place.event, there[0].id)[0].version)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "questions/admin/question.html",
        form=form,
        question_id=question_id,
        asked=there[1] if there else None,
        answers=answers,
        numbers=numbers,
        look=_look(form),
        history=queries.history(question_id) if question_id is not None else [],
        zone=zone,
        has_errors=form.refused,
        **place.context(),
    )
    return page, status


def _look(form: QuestionForm) -> Answers:
    """The question as it is being built, as people are asked it; whatever its condition."""
    asked = form.as_asked()
    offer = Offer(queries.country_names() if asked.kind is Kind.COUNTRY else {})
    section = queries.AskedSection(0, Stage.A, "", "", "", [asked])
    return Answers([section], Facts(), now=now(), offer=offer)


def _first_values(sections: Sequence[queries.AskedSection]) -> dict[str, Any]:
    asked = request.args.get("section", "")
    known = {str(s.id): s.id for s in sections}
    return {"section": known.get(asked, sections[-1].id), "kind": Kind.TEXT.value}


def _earlier(sections: Sequence[queries.AskedSection], question: Asked | None) -> list[Asked]:
    """The questions that stand before one; before a new one, all."""
    found = []
    for other in queries.questions_in(sections):
        if question is not None and other.id == question.id:
            break
        found.append(other)
    return found


def _save(
    place: Place, event: Event | None, there: tuple[Question, Asked] | None, form: QuestionForm, answers: int
) -> tuple[Saved | None, Numbers | None]:
    """Saves, or says in numbers what saving would do."""
    section = queries.section(event, form.section.data)
    if there is not None and answers and form.confirm.data != "yes":
        numbers = service.foresee(event, there[0], section, form.details())
        form.confirm.data = "yes"
        return None, numbers
    with saving(form) as saved:
        if there is None:
            service.add_question(event, section, form.details(), by=current_user, at=now())
        else:
            version = there[0].version if form.version.data == str(there[0].version) else 0
            service.change_question(event, there[0], section, form.details(), version=version, by=current_user, at=now())
        saved.location = place.url("index") + f"#section-{section.id}"
    form.confirm.data = ""
    return saved, None


def move(place: Place, section_id: int | None = None, question_id: int | None = None) -> ResponseReturnValue:
    """One step up or down, or, dragged, to a place of its own."""
    form = MoveForm()
    if not form.validate():
        abort(400)
    event = place.event
    with saving(form) as saved:
        if question_id is not None:
            _move_question(place, event, queries.question(event, question_id)[0], form)
        elif section_id is not None:
            section = queries.section(event, section_id)
            siblings = [s.id for s in place.sections() if s.stage is section.stage]
            to = _target(form, siblings.index(section.id))
            service.move_section(event, section, to, by=current_user, at=now())
        saved.location = place.url("index")
    return answer(place, saved, _("Moved."))


def _move_question(place: Place, event: Event | None, question: Question, form: MoveForm) -> None:
    if question.archived:
        return
    own = next(s for s in place.sections() if s.id == question.section_id)
    target: Section | None = queries.section(event, form.section.data) if form.section.data else None
    to = _target(form, [q.id for q in own.questions].index(question.id))
    service.move_question(event, question, to, section=target, by=current_user, at=now())


def _target(form: MoveForm, position: int) -> int:
    if form.to.data is not None:
        return int(form.to.data)
    return position + (1 if form.step.data == "down" else -1)


def act(place: Place, what: Callable[[Event | None], None], done: str) -> ResponseReturnValue:
    """A button of the builder: carries `what` out."""
    event = place.event
    with saving(ActionForm()) as saved:
        what(event)
        saved.location = place.url("index")
    return answer(place, saved, done)


def answer(place: Place, saved: Saved, done: str) -> ResponseReturnValue:
    """Back to the form, with what came of it."""
    if saved.error is not None:
        flash(saved.error.message, "danger")
    else:
        flash(done, "success")
    return redirect(place.url("index"))


def stages_of(sections: Sequence[queries.AskedSection]) -> list[tuple[Stage, list[queries.AskedSection]]]:
    """The sections by stage; a stage without sections is there as well."""
    return [(stage, [s for s in sections if s.stage is stage]) for stage in Stage]
