"""What the log calls acts on the agenda."""

from eventapp.agenda import models  # noqa: F401 - its tables are known before anything asks for all tables
from eventapp.audit.words import declare_acts
from eventapp.core.i18n import _l

declare_acts(
    "agenda",
    _l("Agenda"),
    {
        "create_track": _l("Added a track"),
        "change_track": _l("Changed a track"),
        "delete_track": _l("Deleted a track"),
        "create_type": _l("Added a session type"),
        "change_type": _l("Changed a session type"),
        "delete_type": _l("Deleted a session type"),
        "create_room": _l("Added a room"),
        "change_room": _l("Changed a room"),
        "delete_room": _l("Deleted a room"),
        "create_session": _l("Added a session"),
        "change_session": _l("Changed a session"),
        "cancel_session": _l("Cancelled a session"),
        "restore_session": _l("Took the cancelling of a session back"),
        "delete_session": _l("Deleted a session"),
        "create_speaker": _l("Added a speaker"),
        "change_speaker": _l("Changed a speaker"),
        "delete_speaker": _l("Deleted a speaker"),
        "import": _l("Imported an agenda"),
    },
)
