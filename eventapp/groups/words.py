"""What the log calls acts on groups, and where sets are found."""

from collections.abc import Collection, Mapping

from flask import url_for
from sqlalchemy import select

from eventapp.audit.words import Thing, declare_acts, declare_fields, declare_kind
from eventapp.core.db import db
from eventapp.core.i18n import _l
from eventapp.core.web.audiences import may_open
from eventapp.events.models import Event
from eventapp.groups.models import GroupSet


def _sets(ids: Collection[int]) -> Mapping[int, Thing]:
    query = select(GroupSet.id, GroupSet.name, Event.slug).join(Event, Event.id == GroupSet.event_id)
    may = may_open("group_board.show")
    return {
        id_: Thing(name, url_for("group_board.show", slug=slug, set_id=id_) if may else "")
        for id_, name, slug in db.session.execute(query.where(GroupSet.id.in_(ids)))
    }


declare_acts(
    "groups",
    _l("Groups"),
    {
        "create": _l("Made groups"),
        "change": _l("Changed who meets in groups, where or when"),
        "remove": _l("Deleted a set of groups"),
        "add_groups": _l("Added groups"),
        "change_group": _l("Changed a group"),
        "remove_group": _l("Deleted a group"),
        "rules": _l("Changed by which rules groups are filled"),
        "add_rule": _l("Said who sits together or apart"),
        "remove_rule": _l("Took a rule about who sits together or apart away"),
        "move": _l("Moved people between groups"),
        "free": _l("A place in a group became free"),
        "pin": _l("Pinned people to their groups"),
        "unpin": _l("Unpinned people from their groups"),
        "place": _l("Placed people into groups automatically"),
        "undo_placing": _l("Took an automatic placing back"),
        "add_material": _l("Added material of groups"),
        "change_material": _l("Changed material of groups"),
        "remove_material": _l("Took material of groups away"),
        "supply": _l("Gave groups material"),
        "announce": _l("Announced places in groups"),
        "export": _l("Downloaded groups"),
    },
)
declare_kind("group_set", _l("Set of groups"), _sets)
declare_fields(
    set=_l("Set"),
    group=_l("Group"),
    groups=_l("Groups"),
    near_door=_l("Near the door"),
    coach=_l("Coach"),
    material=_l("Material"),
    stock=_l("Stock"),
    quantity=_l("For each group"),
    mixes=_l("Mix companies"),
    rule=_l("Rule"),
    anew=_l("Everybody anew"),
    unplaced=_l("Without a place"),
    stay=_l("Stay where they are"),
    first=_l("For the first time"),
    time_text=_l("When, in words"),
    session_id=_l("Session"),
)
