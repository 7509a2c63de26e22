"""What the log calls acts on greetings."""

from eventapp.agenda.greetings import models  # noqa: F401 - its tables are known before anything asks for all tables
from eventapp.audit.words import declare_acts
from eventapp.core.i18n import _l

declare_acts(
    "greetings",
    _l("Greetings"),
    {
        "write": _l("Wrote a greeting"),
        "show": _l("Showed a greeting"),
        "decline": _l("Declined a greeting"),
    },
    visible={"write": ("text", "name"), "show": ("text",), "decline": ("text", "reason")},
)
