"""What the log calls acts in the editor of the draft."""

from eventapp.agenda.timetable import models  # noqa: F401 - its table is known before anything asks for all tables
from eventapp.audit.words import declare_acts, declare_fields
from eventapp.core.i18n import _l

declare_acts(
    "timetable", _l("Timetable"), {"place": _l("Moved a session in the draft"), "undo": _l("Took back a step in the draft")}
)
declare_fields(time=_l("Time"), room=_l("Room"), minutes=_l("Minutes"), step=_l("Step"), sessions=_l("Sessions"))
