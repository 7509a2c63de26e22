"""What the pages of the room share: its own tabs, what the reader may do there, how they stay live."""

from typing import Any

from flask import url_for

from eventapp.core.i18n import _, _l
from eventapp.plans.models import WORKSHOP_STATE_LABELS, Side, Workshop, WorkshopState
from eventapp.plans.pages import page
from eventapp.plans.queries import Seen
from eventapp.plans.room.permissions import keeps_time, leads, marks, may_reopen, takes_part, writes_down

PAGES = (
    ("room", _l("Room"), "plan_room.show"),
    ("swot", _l("Strengths and weaknesses"), "plan_swot.index"),
    ("closing", _l("Confidence and minutes"), "plan_closing.index"),
)
TONES = {
    WorkshopState.PLANNING: "off",
    WorkshopState.DATED: "wait",
    WorkshopState.RUNNING: "ok",
    WorkshopState.HELD: "off",
}


def room_page(
    template: str,
    seen: Seen,
    workshop: Workshop | None,
    active: str,
    *,
    state: str | None = None,
    watches: str = "parts",
    own_url: str = "",
    **values: Any,
) -> str:
    """A page of the room. Without a workshop that has a date only the first of them says something.

    `state` is what the page knows of the plan (`ticking.state_of`), for those that are kept live.
    """
    standing = seen.standing
    tabs = [(str(label), url_for(endpoint, plan_code=seen.plan.code), key == active) for key, label, endpoint in PAGES]
    running = workshop is not None and workshop.state is WorkshopState.RUNNING
    return page(
        template,
        seen,
        "workshop",
        workshop=workshop,
        workshop_labels=WORKSHOP_STATE_LABELS,
        workshop_tones=TONES,
        room_tabs=tabs,
        heading=_("Workshop room") if active == "room" else next(label for label, _url, is_open in tabs if is_open),
        planning=url_for("plan_workshop.index", plan_code=seen.plan.code),
        running=running,
        state=state if workshop is not None and workshop.state is not WorkshopState.PLANNING else None,
        watches=watches,
        own_url=own_url or next((url for _label, url, is_open in tabs if is_open), ""),
        leads=leads(standing),
        keeps_time=workshop is not None and keeps_time(standing, workshop),
        marks={side: workshop is not None and marks(standing, workshop, side) for side in Side},
        writes_down=workshop is not None and writes_down(standing, workshop),
        takes_part=takes_part(standing),
        may_reopen=may_reopen(standing),
        **values,
    )
