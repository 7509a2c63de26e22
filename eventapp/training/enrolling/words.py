"""What the log calls acts on enrolments."""

from eventapp.audit.words import declare_acts
from eventapp.core.i18n import _l

declare_acts(
    "enrolling",
    _l("Enrolments"),
    {
        "waive": _l("Let somebody take a run without what it asks for"),
        "unwaive": _l("Took a waiver back"),
        "export": _l("Downloaded the enrolments of a run"),
    },
)
