"""What the log calls acts on registrations, and where those are found."""

from collections.abc import Collection, Mapping

from flask import url_for
from sqlalchemy import select

from eventapp.audit.words import Thing, declare_acts, declare_fields, declare_kind
from eventapp.core.db import db
from eventapp.core.i18n import _l
from eventapp.core.web.audiences import may_open
from eventapp.events.models import Event
from eventapp.registrations.desk.models import Tag
from eventapp.registrations.models import Registration


def _registrations(ids: Collection[int]) -> Mapping[int, Thing]:
    query = select(Registration.id, Registration.name, Event.slug).join(Event, Event.id == Registration.event_id)
    may = may_open("registrations_admin.edit")
    return {
        id_: Thing(name, url_for("registrations_admin.edit", slug=slug, registration_id=id_) if may else "")
        for id_, name, slug in db.session.execute(query.where(Registration.id.in_(ids)))
    }


def _tags(ids: Collection[int]) -> Mapping[int, Thing]:
    query = select(Tag.id, Tag.word, Event.slug).join(Event, Event.id == Tag.event_id).where(Tag.id.in_(ids))
    may = may_open("desk_admin.tags")
    return {
        id_: Thing(word, url_for("desk_admin.tags", slug=slug) if may else "") for id_, word, slug in db.session.execute(query)
    }


declare_acts(
    "registrations",
    _l("Registrations"),
    {
        "register": _l("Registered"),
        "cancel": _l("Cancelled a registration"),
        "undo": _l("Took a cancellation back"),
        "approve": _l("Approved an application"),
        "decline": _l("Declined an application"),
        "reconsider": _l("Took a no back"),
        "reopen": _l("Took a yes back"),
        "more_asked": _l("Asked for more places"),
        "more_withdrawn": _l("Withdrew the request for more places"),
        "more_granted": _l("Granted more places"),
        "more_refused": _l("Refused more places"),
        "promote": _l("Moved up from the waiting list"),
        "offer": _l("Offered a place from the waiting list"),
        "accept": _l("Accepted an offered place"),
        "turn_down": _l("Declined an offered place"),
        "lapse": _l("Let an offer lapse"),
        "waiting_list": _l("Changed how waiting lists go"),
        "split": _l("Let a group come one by one"),
        "substitute": _l("Handed a place on"),
        "settle": _l("Moved a registration to the company"),
        "correct": _l("Corrected a registration"),
        "mode": _l("Changed the way to take part"),
        "answers": _l("Changed answers"),
        "group_answers": _l("Changed the answers of a group"),
        "kind": _l("Changed the kind"),
        "review": _l("Let an edit stand"),
        "export": _l("Downloaded registrations"),
        "confirm": _l("Gave a place by hand"),
        "to_waiting": _l("Moved to the waiting list"),
        "bulk": _l("Acted on many registrations"),
        "undo_bulk": _l("Took an act on many registrations back"),
        "export_no_shows": _l("Downloaded the no-shows"),
        "no_show_rule": _l("Changed what no-shows lead to"),
        "walk_in": _l("Let somebody in at the door"),
        "comment": _l("Commented on a registration"),
        "uncomment": _l("Deleted a comment"),
        "tags": _l("Changed the tags of a registration"),
        "make_tag": _l("Made a tag"),
        "change_tag": _l("Changed a tag"),
        "delete_tag": _l("Deleted a tag"),
        "refused_foreign": _l("Was refused people from outside the company"),
    },
    visible={
        "register": ("status", "mode"),
        "cancel": ("status",),
        "undo": ("status",),
        "approve": ("status",),
        "decline": ("status",),
        "reconsider": ("status",),
        "reopen": ("status",),
        "more_asked": ("places", "reason"),
        "more_withdrawn": (),
        "more_granted": ("places", "reason"),
        "more_refused": ("reason",),
        "promote": ("status",),
        "confirm": ("status",),
        "to_waiting": ("status",),
        "offer": ("status", "offered_until"),
        "accept": ("status",),
        "turn_down": ("status",),
        "lapse": ("status",),
        "split": (),
        "substitute": ("person",),
        "settle": ("status",),
        "correct": ("name", "badge_name"),
        "mode": ("mode",),
        "kind": ("kind",),
        "export": ("format",),
    },
)
declare_acts(
    "messages",
    _l("Messages of an event"),
    {
        "text": _l("Changed the text of a message"),
        "text_removed": _l("Went back to our text of a message"),
        "switch": _l("Switched a message"),
        "test": _l("Sent a message to try it"),
    },
)
declare_fields(
    message=_l("Message"), subject=_l("Subject"), text=_l("Text"), language=_l("Language"), enabled=_l("Sent"),
    hour=_l("Hour"),
)  # fmt: skip
declare_fields(
    offered_until=_l("Offered until"), order=_l("Order of the waiting list"), offer_hours=_l("Hours of an offer"),
    short_offer_hours=_l("Hours of an offer near the start"), offer_within_hours=_l("Hours before the start that are near"),
    groups_together=_l("Groups may come only together"),
    status=_l("Status"), mode=_l("Takes part"), person=_l("Person"), badge_name=_l("Name on the badge"), note=_l("Note"),
    company_name=_l("Name in the file"), decisions=_l("Decisions"), registrations_created=_l("New registrations"),
    act=_l("Act"), tags=_l("Tags"), word=_l("Word"), colour=_l("Colour"), written_by=_l("Written by"),
    people=_l("People"), name=_l("Name"), format=_l("Format"), filter=_l("Filter"),
)  # fmt: skip

declare_kind("registration", _l("Registration"), _registrations)
declare_kind("tag", _l("Tag"), _tags)
