"""What the log calls acts of the community. Who asks whom for a meeting does not stand in it."""

from collections.abc import Collection, Mapping

from flask import url_for
from sqlalchemy import select

from eventapp.audit.words import Thing, declare_acts, declare_fields, declare_kind
from eventapp.community.models import Interest, OnboardingItem
from eventapp.core.db import db
from eventapp.core.i18n import _l


def _interests(ids: Collection[int]) -> Mapping[int, Thing]:
    rows = db.session.execute(select(Interest.id, Interest.name).where(Interest.id.in_(ids)))
    return {row.id: Thing(row.name, url_for("community_interests.edit", interest_id=row.id)) for row in rows}


def _items(ids: Collection[int]) -> Mapping[int, Thing]:
    rows = db.session.execute(select(OnboardingItem.id, OnboardingItem.title).where(OnboardingItem.id.in_(ids)))
    return {row.id: Thing(row.title, url_for("onboarding_admin.edit", first_step=row.id)) for row in rows}


declare_acts(
    "community",
    _l("Community"),
    {
        "list_company": _l("Changed the entry of a company in the directory"),
        "list_person": _l("Put themselves into the directory"),
        "unlist_person": _l("Left the directory"),
        "interest": _l("Changed the interests to choose from"),
        "item": _l("Changed the first steps of newcomers"),
        "tick": _l("Ticked a first step"),
        "offer": _l("Offered to be a buddy"),
        "stop_offering": _l("Offers to be a buddy no more"),
        "propose_buddy": _l("Brought a newcomer and a buddy together"),
        "confirm_buddy": _l("Confirmed a buddy"),
        "end_buddy": _l("Ended that a company is a buddy"),
    },
    visible={
        "list_company": ("listed",),
        "tick": ("item", "done"),
        "offer": ("most",),
        "stop_offering": (),
        "propose_buddy": ("buddy",),
        "confirm_buddy": (),
        "end_buddy": (),
    },
)
declare_fields(listed=_l("Shown"), item=_l("First step"), done=_l("Done"), most=_l("Newcomers at once"), buddy=_l("Buddy"))
declare_kind("interest", _l("Interest"), _interests)
declare_kind("onboarding_item", _l("First step"), _items)
