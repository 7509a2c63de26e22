"""Organizer pages of the library of reusable questions."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, reader
from eventapp.core.clock import now
from eventapp.core.i18n import _
from eventapp.events.models import Event
from eventapp.questions import pages, queries, service
from eventapp.questions.pages import Place

blueprint = Blueprint("questions_library", __name__)
LIBRARY = Place(None)


@blueprint.get("/admin/questions/")
@reader
def index() -> str:
    """All reusable questions, by section."""
    return render_template("questions/admin/library.html", sections=queries.library(), **LIBRARY.context())


@blueprint.route("/admin/questions/sections/add", methods=["GET", "POST"])
@organizer
def add_section() -> ResponseReturnValue:
    """A new section."""
    return pages.section_page(LIBRARY, None)


@blueprint.route("/admin/questions/sections/<id:library_section_id>", methods=["GET", "POST"])
@organizer
def edit_section(library_section_id: int) -> ResponseReturnValue:
    """Changes a section."""
    return pages.section_page(LIBRARY, library_section_id)


@blueprint.post("/admin/questions/sections/<id:library_section_id>/move")
@organizer
def move_section(library_section_id: int) -> ResponseReturnValue:
    """Moves a section up or down."""
    return pages.move(LIBRARY, section_id=library_section_id)


@blueprint.post("/admin/questions/sections/<id:library_section_id>/delete")
@organizer
def delete_section(library_section_id: int) -> ResponseReturnValue:
    """Deletes an empty section."""

    def delete(event: Event | None) -> None:
        service.delete_section(event, queries.section(event, library_section_id), by=current_user, at=now())

    return pages.act(LIBRARY, delete, _("Deleted."))


@blueprint.route("/admin/questions/add", methods=["GET", "POST"])
@organizer
def add() -> ResponseReturnValue:
    """A new question."""
    return pages.question_page(LIBRARY, None)


@blueprint.route("/admin/questions/<id:library_question_id>", methods=["GET", "POST"])
@organizer
def edit(library_question_id: int) -> ResponseReturnValue:
    """Changes a question. Copies in events stay as they are."""
    return pages.question_page(LIBRARY, library_question_id)


@blueprint.post("/admin/questions/<id:library_question_id>/move")
@organizer
def move(library_question_id: int) -> ResponseReturnValue:
    """Moves a question up or down."""
    return pages.move(LIBRARY, question_id=library_question_id)


@blueprint.post("/admin/questions/<id:library_question_id>/delete")
@organizer
def delete(library_question_id: int) -> ResponseReturnValue:
    """Deletes a question from the library. Copies in events stay."""

    def carry_out(event: Event | None) -> None:
        service.delete_question(event, queries.question(event, library_question_id)[0], by=current_user, at=now())

    return pages.act(LIBRARY, carry_out, _("Deleted."))
