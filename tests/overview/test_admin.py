"""The organizer's start page and the dashboard of an event."""

from typing import Any

import pytest

from eventapp.events.models import EventFormat
from tests.support import factories
from tests.support.pages import PageClient

HYBRID = {"format": EventFormat.HYBRID}


@pytest.mark.parametrize(
    ("values", "dashboard", "listed"),
    [
        ({"capacity": 120}, "of 120 places", "/ 120"),
        ({}, "no limit", ""),
        ({**HYBRID, "capacity_in_person": 40, "capacity_virtual": 200}, "of 240 places", "/ 240"),
        ({**HYBRID, "capacity_in_person": 40}, "40 in person, no limit on video", ""),
        ({**HYBRID, "capacity_virtual": 200}, "200 on video, no limit in person", ""),
        (HYBRID, "no limit", ""),
    ],
)
def test_places_of_both_ways_to_take_part_count(client: PageClient, values: Any, dashboard: str, listed: str) -> None:
    event = factories.event(**values)
    factories.registration(event, factories.organisation(), mode=event.modes[0])
    client.sign_in(factories.organizer())
    page = client.get(f"/admin/events/{event.slug}/").text
    assert dashboard in page
    if dashboard != "no limit":
        assert ">no limit<" not in page
    row = client.get("/admin/").text.partition('data-label="Confirmed"')[2].partition("</td>")[0]
    assert listed in row
    assert ("/" in row.replace("</", "")) is bool(listed)


def test_the_list_asks_as_often_for_three_events_as_for_one(client: PageClient, count_queries: Any) -> None:
    client.sign_in(factories.organizer())
    counts = []
    for number in (1, 2):
        for _one in range(number):
            factories.event(format=EventFormat.HYBRID, capacity_in_person=1, capacity_virtual=2)
        with count_queries() as asked:
            client.get("/admin/")
        counts.append(len(asked))
    assert counts[0] == counts[1]
