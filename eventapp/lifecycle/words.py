"""What the log calls merges, and moves of events."""

from eventapp.audit.words import declare_acts, declare_fields
from eventapp.core.i18n import _l

declare_acts("company", _l("Companies"), {"merge": _l("Merged two companies"), "unmerge": _l("Took a merge of companies back")})
declare_acts("person", _l("People"), {"merge": _l("Merged two people"), "unmerge": _l("Took a merge of people back")})
declare_fields(merged=_l("Merged"))

declare_acts(
    "lifecycle",
    _l("Moves of events"),
    {
        "convert": _l("Moved an event with everybody"),
        "convert_back": _l("Took a move of an event back"),
        "banner": _l("Took the banner of a moved event down"),
        "phone_list": _l("Took out the phone list"),
    },
)
declare_fields(
    told=_l("What everybody is told"),
    active=_l("Registrations before"),
    kept=_l("Registrations kept"),
    lost=_l("Registrations lost"),
    moved_up=_l("People who get a place"),
    sent_back=_l("People who wait again"),
    mails=_l("Mails"),
    others_told=_l("Mails to company admins and speakers"),
    without_address=_l("People whom no mail reaches"),
    overbooked=_l("More people than places"),
    needs=_l("People whose needs are kept"),
    hidden=_l("Questions asked no more"),
    shown=_l("Questions asked again"),
    postponed=_l("Sessions postponed"),
    without_link=_l("Sessions without a link"),
    sessions_moved=_l("Parts of sessions moved"),
    released=_l("New release of the agenda"),
    newcomers=_l("People who registered since"),
    kept_as_changed=_l("Settings changed since"),
)
