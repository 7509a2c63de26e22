"""Organizer pages of group sets, as somebody without JavaScript uses them."""

import re
from typing import Any

from sqlalchemy import func, select

from eventapp.accounts.models import Role
from eventapp.core.db import db
from eventapp.groups.models import Group, GroupSet, GroupSupply
from tests.groups.conftest import Scene, counted_right
from tests.support import factories
from tests.support.browsing import press, send, summary
from tests.support.pages import PageClient, fields

NEW = {"name": "Gala dinner", "kind": "table", "size": "10", "groups": "12", "place": "Ballroom", "time_text": "after the talks"}


def test_a_set_is_made_with_its_groups(orga: PageClient, scene: Scene) -> None:
    page = orga.get("/admin/events/summit/groups/")
    assert "Drumming" in page.text
    done = send(orga, "/admin/events/summit/groups/new", {**NEW, "starts_at": "2027-05-18T19:30"})
    assert done.status_code == 302
    made = db.session.scalars(select(GroupSet).where(GroupSet.name == "Gala dinner")).one()
    assert db.session.scalar(select(func.count()).where(Group.set_id == made.id)) == 12
    board = orga.get(done.location)
    assert "Table 1" in board.text
    assert "18 May 2027, 19:30 Vienna (UTC+2) · after the talks" in board.text
    assert "6 people have no place yet." in board.text


def test_a_set_without_a_name_or_at_an_hour_that_does_not_exist_is_refused(orga: PageClient, scene: Scene) -> None:
    refused = send(orga, "/admin/events/summit/groups/new", {**NEW, "name": " ", "starts_at": "2027-03-28T02:30", "size": "x"})
    assert refused.status_code == 422
    assert "Say what the groups are for" in summary(refused)
    assert 'value="Ballroom"' in refused.text
    send(orga, "/admin/events/summit/groups/new", {**NEW, "groups": "301"})
    assert db.session.scalar(select(func.count()).select_from(GroupSet)) == 1


def act(orga: PageClient, scene: Scene, what: str, *people: int, group: int | None = None, query: str = "") -> Any:
    """Ticks people on the board and presses a button."""
    page = orga.get(f"{scene.url}{query}")
    action = next(a for a in re.findall(r'action="([^"]+/act[^"]*)"', page.text)).replace("&amp;", "&")
    chosen = str(scene.groups[group - 1].id) if group else ""
    data = {**fields(page.text, action.partition("?")[0]), "act": what, "group": chosen}
    data["ids"] = [str(scene.people[n].id) for n in people]
    return orga.post(action, data=data)


def test_people_are_moved_by_ticking_and_a_button(orga: PageClient, scene: Scene) -> None:
    assert act(orga, scene, "move", 0, 2, group=2).status_code == 302
    assert scene.places == {"Ada Of0": 2, "Ada Of1": 2}
    refused = act(orga, scene, "move", 4, group=2)
    assert refused.status_code == 409
    assert "Circle 2 has 0 free places, for 1 people." in summary(refused)
    assert f'value="{scene.people[4].id}" checked' in refused.text
    act(orga, scene, "move", 0, group=3)
    act(orga, scene, "free", 2)
    assert scene.places == {"Ada Of0": 3}
    counted_right()


def test_without_a_tick_or_a_group_nothing_happens(orga: PageClient, scene: Scene) -> None:
    assert "Tick somebody first." in summary(act(orga, scene, "move", group=1))
    assert "Choose a group." in summary(act(orga, scene, "move", 1))
    assert "Choose what to do." in summary(act(orga, scene, "dance", 1))
    assert scene.places == {}


def test_automatic_placing_is_seen_before_it_happens_and_taken_back(orga: PageClient, scene: Scene) -> None:
    place = f"{scene.url}/place"
    page = orga.get(place)
    assert "Every rule holds." in page.text
    assert scene.places == {}
    assert send(orga, place).status_code == 302
    assert sorted(scene.places.values()) == [1, 1, 2, 2, 3, 3]
    board = orga.get(scene.url)
    assert "Everybody has a place." in board.text
    assert "Ada Of0" in board.text
    assert press(orga, scene.url, f"{scene.url}/undo").status_code == 302
    assert scene.places == {}
    counted_right()


def test_what_was_seen_is_done_or_nothing(orga: PageClient, scene: Scene) -> None:
    url = f"{scene.url}/place"
    form = fields(orga.get(url).text)
    factories.registration(scene.event, scene.companies[0], "Cem", "Late", email="cem@company.example")
    refused = orga.post(url, data=form)
    assert refused.status_code == 409
    assert "have changed since this was shown" in summary(refused)
    assert scene.places == {}


def test_a_group_is_changed_but_not_below_who_sits_there(orga: PageClient, scene: Scene) -> None:
    scene.move(0, 2, to=1)
    url = f"{scene.url}/groups/{scene.groups[0].id}"
    assert send(orga, url, {"capacity": "1", "coach": "Bea Beat"}).status_code == 409
    assert send(orga, url, {"capacity": "5", "coach": "Bea Beat", "near_door": "y", "name": "Bongo"}).status_code == 302
    board = orga.get(scene.url).text
    assert "Circle 1, Bongo" in board
    assert "near the door · Bea Beat" in board
    assert press(orga, url, f"{url}/delete").status_code == 302
    assert scene.places == {}
    assert [one.number for one in scene.groups] == [2, 3]
    counted_right()


def test_material_is_counted_against_its_stock(orga: PageClient, scene: Scene) -> None:
    url = f"{scene.url}/material"
    assert send(orga, url, {"name": "Bongos", "stock": "5", "each": "2"}, action=f"{url}/add").status_code == 302
    page = orga.get(url).text
    assert "1 too few" in page
    assert "1 material is short." in orga.get(scene.url).text
    again = send(orga, url, {"name": "bongos", "stock": "5", "each": "0"}, action=f"{url}/add")
    assert "There is a material of this name already." in summary(again)
    form = fields(page, f"{url}/supply")
    first = next(name for name in form if name.startswith("n-"))
    refused = orga.post(f"{url}/supply", data={**form, first: "many"})
    assert refused.status_code == 422
    assert 'value="many"' in refused.text
    assert orga.post(f"{url}/supply", data={**form, first: "0"}).status_code == 302
    assert db.session.scalar(select(func.sum(GroupSupply.quantity))) == 4
    assert "Enough" in orga.get(url).text


def test_rules_are_switched_made_and_removed(orga: PageClient, scene: Scene) -> None:
    url = f"{scene.url}/rules"
    companies = {"first": scene.companies[0].name, "second": scene.companies[1].programme_id}
    assert send(orga, url, companies, action=f"{url}/apart").status_code == 302
    assert "Name two different companies." in summary(
        send(orga, url, {**companies, "second": "Donau GmbH"}, action=f"{url}/apart")
    )
    assert "No company has this programme ID" in summary(send(orga, url, {**companies, "first": "?"}, action=f"{url}/apart"))
    act(orga, scene, "together", 0, 4)
    page = orga.get(url).text
    assert page.count("/delete") == 2
    assert "Ada Of2" in page
    (removing, *_more) = re.findall(r'action="([^"]+/delete)"', page)
    assert press(orga, url, removing).status_code == 302
    form = {name: value for name, value in fields(orga.get(url).text, url).items() if name != "mixes"}
    assert orga.post(url, data=form).status_code == 302
    assert not db.session.get_one(GroupSet, scene.found.id, populate_existing=True).mixes


def test_lists_and_files_hold_everybody(orga: PageClient, scene: Scene) -> None:
    scene.place()
    lists = orga.get(f"{scene.url}/lists").text
    assert all(name in lists for name in scene.places)
    assert "@" not in lists[lists.index("<main") : lists.index("</main>")]
    only = orga.get(f"{scene.url}/lists?group=2").text
    assert "Circle 2" in only
    assert "Circle 3" not in only
    for name, starts in (("excel-eu", b"\xef\xbb\xbfnumber;group"), ("xlsx", b"PK"), ("json", b"[")):
        file = orga.post(f"{scene.url}/export", data={**fields(lists, f"{scene.url}/export"), "format": name})
        assert file.data.startswith(starts), name
    assert orga.post(f"{scene.url}/export", data={**fields(lists, f"{scene.url}/export"), "format": "exe"}).status_code == 400


def test_a_set_goes_with_everything_that_belongs_to_it(orga: PageClient, scene: Scene) -> None:
    scene.place()
    url = scene.url
    page = orga.get(f"{url}/delete").text
    assert "This cannot be undone" in page
    assert send(orga, f"{url}/delete").status_code == 302
    assert db.session.scalar(select(func.count()).select_from(Group)) == 0
    assert orga.get(url).status_code == 404
    counted_right()


def test_readers_see_and_change_nothing(client: PageClient, scene: Scene) -> None:
    scene.place()
    reader = client.sign_in(factories.user("audit@karmin.example", Role.AUDITOR))
    page = reader.get(scene.url)
    assert page.status_code == 200
    assert 'name="ids"' not in page.text
    assert reader.get(f"{scene.url}/place").status_code == 403
    assert reader.get(f"{scene.url}/material").status_code == 200


def test_a_set_of_another_event_is_not_found(orga: PageClient, scene: Scene) -> None:
    factories.event(slug="other")
    assert orga.get(f"/admin/events/other/groups/{scene.found.id}").status_code == 404
    assert orga.get("/admin/events/summit/groups/999").status_code == 404
    assert orga.get(f"{scene.url}/groups/999").status_code == 404


def test_the_board_asks_as_much_with_many_as_with_few(orga: PageClient, scene: Scene, count_queries: Any) -> None:
    url = scene.url
    with count_queries() as few:
        assert orga.get(url).status_code == 200
    scene.place()
    for _n in range(12):
        factories.register(scene.event, factories.organisation(), *[factories.attendee() for _n in range(5)])
    scene.move(0, to=None)
    act(orga, scene, "together", 1, 2)
    with count_queries() as many:
        assert orga.get(url).status_code == 200
    assert len(many) == len(few) <= 12, many.statements
