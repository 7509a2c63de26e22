"""What the log calls acts on runs."""

from eventapp.audit.words import declare_acts, declare_fields
from eventapp.core.i18n import _l

declare_acts(
    "runs",
    _l("Runs of courses"),
    {
        "create": _l("Made a run of a course"),
        "attach": _l("Made a session a run of a course"),
        "change": _l("Changed a run"),
        "export": _l("Downloaded the runs"),
        "export_enrolments": _l("Downloaded the enrolments of several runs"),
        "export_attendance": _l("Downloaded the attendance of several runs"),
    },
)
declare_fields(
    runs=_l("Runs"),
    course=_l("Course"),
    seats_min=_l("Smallest number of participants"),
    late_hours=_l("Hours in which cancelling is late"),
    trainers=_l("Trainers"),
)
