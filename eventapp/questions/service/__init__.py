"""Building forms. Everything in the caller's transaction."""

from eventapp.questions.service.building import (
    QuestionDetails,
    add_question,
    archive,
    archive_all,
    change_question,
    delete_question,
    foresee,
    move_question,
    unarchive,
)
from eventapp.questions.service.copying import copy_form, from_library, to_library
from eventapp.questions.service.sections import (
    SectionDetails,
    add_section,
    change_section,
    delete_section,
    move_section,
    set_deadlines,
)

__all__ = [
    "QuestionDetails",
    "SectionDetails",
    "add_question",
    "add_section",
    "archive",
    "archive_all",
    "change_question",
    "change_section",
    "copy_form",
    "delete_question",
    "delete_section",
    "foresee",
    "from_library",
    "move_question",
    "move_section",
    "set_deadlines",
    "to_library",
    "unarchive",
]
