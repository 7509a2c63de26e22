"""What the log calls acts on assessments, exercises and feedback."""

from eventapp.audit.words import declare_acts, declare_fields
from eventapp.core.i18n import _l

declare_acts(
    "assessing",
    _l("Assessments"),
    {
        "change_question": _l("Changed a question of a course"),
        "import_questions": _l("Took in questions of a course"),
        "export_questions": _l("Downloaded questions of a course"),
        "change_rubric": _l("Changed what an exercise is marked by"),
        "start": _l("Began an attempt"),
        "submit": _l("Handed in an attempt"),
        "hand_in": _l("Handed in a recording"),
        "mark": _l("Marked a recording"),
        "unmark": _l("Took marks back"),
        "result": _l("Result of a course"),
        "give_feedback": _l("Said something about a course"),
        "export_feedback": _l("Downloaded feedback on a course"),
        "export_results": _l("Downloaded results of courses"),
    },
)
declare_fields(
    attempt=_l("Attempt"),
    drawn_no_more=_l("Not drawn any more"),
    added=_l("Added"),
    question=_l("Question"),
    passed=_l("Passed"),
    most=_l("Points there are"),
    least=_l("Points at least"),
    bytes=_l("Bytes"),
    replaced=_l("Replaced"),
    criterion=_l("Criterion"),
    result=_l("Result"),
    score=_l("Score"),
)
