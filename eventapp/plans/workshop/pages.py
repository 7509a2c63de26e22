"""What the pages of a workshop share: their own tabs below those of the plan, and the words for its states."""

from typing import Any

from flask import url_for

from eventapp.core.i18n import _l
from eventapp.core.web.audiences import may_open
from eventapp.core.web.templates import viewer_zone
from eventapp.plans.models import (
    PREP_STATE_LABELS,
    SLOT_ANSWER_LABELS,
    SLOT_STATE_LABELS,
    WORKSHOP_FORMAT_LABELS,
    WORKSHOP_STATE_LABELS,
    Workshop,
    WorkshopFormat,
)
from eventapp.plans.pages import page
from eventapp.plans.queries import Seen
from eventapp.plans.workshop.calendars import halves

TABS = (
    ("overview", _l("Overview"), "plan_workshop.index"),
    ("dates", _l("Date"), "plan_dates.index"),
    ("preparing", _l("Preparation"), "plan_preparing.index"),
    ("agenda", _l("Agenda"), "plan_agenda.index"),
)


def workshop_page(template: str, seen: Seen, workshop: Workshop | None, active: str, **values: Any) -> str:
    """A page of the workshop with its tabs; without a workshop there is nothing to go to yet."""
    there = TABS if workshop is not None else ()
    return page(
        template,
        seen,
        "workshop",
        workshop=workshop,
        workshop_tabs=[
            (str(label), url_for(endpoint, plan_code=seen.plan.code), key == active)
            for key, label, endpoint in there
            if may_open(endpoint)
        ],
        zone=viewer_zone(),
        virtual=workshop is not None and workshop.format is WorkshopFormat.VIRTUAL,
        halves=halves,
        workshop_state_labels=WORKSHOP_STATE_LABELS,
        format_labels=WORKSHOP_FORMAT_LABELS,
        slot_state_labels=SLOT_STATE_LABELS,
        answer_labels=SLOT_ANSWER_LABELS,
        prep_state_labels=PREP_STATE_LABELS,
        **values,
    )
