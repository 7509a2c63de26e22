"""What the log calls acts on feedback."""

from eventapp.agenda.feedback import models  # noqa: F401 - its tables are known before anything asks for all tables
from eventapp.audit.words import declare_acts, declare_fields
from eventapp.core.i18n import _l

declare_acts(
    "feedback",
    _l("Feedback"),
    {
        "give": _l("Said something about a session"),
        "choose": _l("Changed the questions about sessions"),
        "export": _l("Downloaded feedback"),
    },
)
declare_fields(questions=_l("Questions"))
