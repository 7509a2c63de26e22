"""What the log calls acts on releases."""

from eventapp.agenda.releases import models  # noqa: F401 - its table is known before anything asks for all tables
from eventapp.audit.words import declare_acts, declare_fields, declare_kind
from eventapp.core.i18n import _l

declare_acts(
    "releases",
    _l("Releases of the agenda"),
    {"release": _l("Released the agenda"), "restore": _l("Took a release back into the draft")},
)
declare_kind("release", _l("Release of the agenda"))
declare_fields(
    moved=_l("Moved"),
    cancelled=_l("Cancelled"),
    changed=_l("Changed"),
    new=_l("New"),
    mails=_l("Mails"),
    to_tray=_l("Into the tray"),
    revived=_l("Takes place again"),
)
