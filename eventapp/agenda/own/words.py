"""What the log calls acts on one's own agenda."""

from eventapp.audit.words import declare_acts, declare_fields
from eventapp.core.i18n import _l

declare_acts(
    "own_agenda",
    _l("Places in sessions"),
    {
        "sign_up": _l("Signed up to a session"),
        "give_back": _l("Gave a place in a session back"),
        "promote": _l("Moved up into a session"),
        "feed": _l("Made an address for the private calendar"),
        "export": _l("Downloaded places in sessions"),
    },
    visible={"sign_up": ("session", "status"), "give_back": ("session", "status"), "promote": ("session", "status")},
)
declare_fields(session=_l("Session"))
