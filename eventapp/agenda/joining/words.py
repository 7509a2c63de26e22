"""What the log calls acts about joining."""

from eventapp.agenda.joining import models  # noqa: F401 - its tables are known before anything asks for all tables
from eventapp.audit.words import declare_acts, declare_fields
from eventapp.core.i18n import _l

declare_acts(
    "joining",
    _l("Joining on video"),
    {
        "arrive": _l("Joined on video"),
        "change": _l("Changed how an event is joined"),
        "export": _l("Downloaded who joined"),
    },
    visible={"arrive": ("session",)},
)
declare_fields(
    session=_l("Session"),
    opens_minutes=_l("Links open (minutes before the start)"),
    in_person_may_follow=_l("Those who come in person may follow on video"),
    test_url=_l("The provider's test page"),
    recording_url=_l("Recording"),
    recording_until=_l("Recording shown until"),
)
