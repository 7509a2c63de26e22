"""What the log calls acts about who wants a course."""

from eventapp.audit.words import declare_acts
from eventapp.core.i18n import _l

declare_acts(
    "interest",
    _l("Wanted courses"),
    {
        "want": _l("Wants a date of a course"),
        "withdraw": _l("Took back the wish for a date of a course"),
        "export": _l("Downloaded who wants a course"),
    },
    visible={"want": (), "withdraw": ()},
)
