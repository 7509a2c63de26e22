"""What becomes of places: placing and undoing, registrations that change, needs that stay secret, and telling people."""

import pytest
from sqlalchemy import func, select, text

from eventapp.accounts.models import Role
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.events.models import EventFormat, Mode
from eventapp.groups import counting, jobs, queries, service
from eventapp.groups.models import GroupPlacing, GroupRule, GroupSet, GroupTold, RuleKind
from eventapp.groups.service import GroupDetails, SetDetails
from eventapp.lifecycle import erasing
from eventapp.lifecycle.merging import companies as merging
from eventapp.places.models import Booking
from eventapp.privacy.models import Needs
from eventapp.registrations import service as registrations
from eventapp.registrations.desk import service as desk
from eventapp.registrations.desk.models import TagColour
from eventapp.registrations.models import Registration
from eventapp.registrations.queries import LOADED
from tests.conftest import NOW
from tests.groups.conftest import Scene, counted_right, make_set
from tests.support import agenda, factories
from tests.support.browsing import mails, send
from tests.support.pages import PageClient, fields


def again(registration: Registration) -> Registration:
    """The registration as a request loads it."""
    query = select(Registration).options(*LOADED).where(Registration.id == registration.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def tell() -> None:
    """What the worker does after an announcement."""
    db.session.rollback()
    jobs.tell()


def announce(scene: Scene) -> int:
    """Orders the mails, committed, and lets the worker write them."""
    number = service.announce(scene.found, by=factories.TESTS, at=NOW)
    factories.commit()
    tell()
    return number


class TestPlacing:
    def test_colleagues_sit_apart_and_bookings_agree(self, scene: Scene) -> None:
        scene.place()
        by_company: dict[str, set[int]] = {}
        for name, number in scene.places.items():
            by_company.setdefault(name[-1], set()).add(number)
        assert [len(numbers) for numbers in by_company.values()] == [2, 2, 2]
        counted_right()

    def test_who_is_pinned_stays_when_everybody_is_placed_anew(self, scene: Scene) -> None:
        scene.move(0, 1, to=2)
        service.pin(scene.found, [scene.people[0].id, scene.people[1].id], True, by=factories.TESTS, at=NOW)
        factories.commit()
        draft = scene.place(anew=True, seed=3)
        assert scene.places["Ada Of0"] == scene.places["Ben Of0"] == 2
        assert [problem.lack.value for problem in draft.problems] == ["mix"]
        counted_right()

    def test_placing_anew_leaves_no_bookings_behind(self, scene: Scene) -> None:
        scene.place()
        before = db.session.scalar(select(func.count()).select_from(Booking))
        scene.place(anew=True, seed=5)
        assert db.session.scalar(select(func.count()).select_from(Booking)) == before

    def test_undo_brings_back_who_was_not_moved_since(self, scene: Scene) -> None:
        scene.move(0, to=1)
        scene.place(anew=True, seed=2)
        moved = scene.places
        target = next(n for n in (1, 2, 3) if n != moved["Ben Of2"])
        other = next(n for n, r in enumerate(scene.people) if moved[r.name] == target and r.name != "Ada Of0")
        scene.move(other, to=None)
        scene.move(5, to=target)
        back, stay = service.undo(scene.found, by=factories.TESTS, at=NOW)
        factories.commit()
        places = scene.places
        assert places["Ada Of0"] == 1
        assert places["Ben Of2"] == target
        assert (back + stay, stay) in ((6, 2), (5, 2))
        with pytest.raises(RuleError, match="no automatic placing"):
            service.undo(scene.found, by=factories.TESTS, at=NOW)
        db.session.rollback()
        counted_right()

    def test_undo_leaves_those_whose_old_place_is_taken(self, scene: Scene) -> None:
        first, second, _third = scene.groups
        one, other = scene.people[0].id, scene.people[2].id
        moved = [[one, first.id, second.id], [other, None, second.id]]
        db.session.add(GroupPlacing(set_id=scene.found.id, at=NOW, by="tests", moved=moved, undone_at=None))
        scene.move(0, 2, to=2)
        scene.move(1, 3, to=1)
        assert service.undo(scene.found, by=factories.TESTS, at=NOW) == (1, 1)
        factories.commit()
        assert scene.places == {"Ada Of0": 2, "Ben Of0": 1, "Ben Of1": 1}
        counted_right()

    def test_what_is_stale_is_refused(self, scene: Scene) -> None:
        with pytest.raises(StaleError):
            service.change(scene.found, SetDetails("X", scene.found.kind), version=0, by=factories.TESTS, at=NOW)
        db.session.rollback()
        details = GroupDetails("", 4, False, "", "")
        with pytest.raises(StaleError):
            service.change_group(scene.found, scene.groups[0], details, version=99, by=factories.TESTS, at=NOW)

    def test_what_was_deleted_meanwhile_is_said_so(self, scene: Scene) -> None:
        found, (first, second, _third), person = scene.found, scene.groups, scene.people[0].id
        details = GroupDetails("", 4, False, "", "")
        db.session.execute(text("DELETE FROM event_group WHERE number < 3"))
        with pytest.raises(RuleError, match="This group is gone"):
            service.move(found, [person], first, by=factories.TESTS, at=NOW)
        with pytest.raises(RuleError, match="deleted this group"):
            service.change_group(found, second, details, version=1, by=factories.TESTS, at=NOW)
        db.session.execute(text("DELETE FROM event_group"))
        db.session.execute(text("DELETE FROM group_set"))
        with pytest.raises(RuleError, match="deleted these groups"):
            service.move(found, [person], None, by=factories.TESTS, at=NOW)

    def test_only_who_fits_the_filter_takes_part(self, scene: Scene) -> None:
        scene.place()
        vip = desk.make_tag(scene.event, "VIP", TagColour.RED, by=factories.TESTS, at=NOW)
        desk.put_on([scene.people[0].id, scene.people[3].id], [vip.id])
        details = SetDetails("Drumming", scene.found.kind, size=2, tags=(vip.id,))
        lost = service.change(scene.found, details, version=scene.found.version, by=factories.TESTS, at=NOW)
        factories.commit()
        assert lost == 4
        assert set(scene.places) == {"Ada Of0", "Ben Of1"}
        counted_right()

    def test_only_who_has_a_place_in_the_session_takes_part(self, orga: PageClient, scene: Scene) -> None:
        workshop = agenda.session(scene.event, title="Hands-on lab", signs_up=True)
        agenda.sign_up(again(scene.people[1]), workshop)
        factories.commit()
        url = "/admin/events/summit/groups/new"
        form = {"name": "Lab tables", "kind": "table", "groups": "2", "size": "4", "session": str(workshop.id)}
        assert send(orga, url, form).status_code == 302
        made = db.session.scalars(select(GroupSet).where(GroupSet.name == "Lab tables")).one()
        assert queries.taking_part(made, [r.id for r in scene.people]) == [scene.people[1].id]
        edit = f"/admin/events/summit/groups/{made.id}/edit"
        assert send(orga, edit, {"session": "0"}).status_code == 302
        db.session.refresh(made)
        assert len(queries.taking_part(made, [r.id for r in scene.people])) == 6


class TestFollowing:
    def test_a_cancelled_registration_frees_the_place(self, scene: Scene) -> None:
        scene.place()
        registrations.cancel([again(scene.people[0])], reason="", by=factories.TESTS, at=NOW)
        factories.commit()
        assert "Ada Of0" not in scene.places
        assert len(scene.places) == 5
        counted_right()
        registrations.undo_cancel(again(scene.people[0]), by=factories.TESTS, at=NOW)
        factories.commit()
        assert "Ada Of0" not in scene.places, "whoever comes back is placed anew"

    def test_a_cancelled_event_frees_them_all(self, scene: Scene) -> None:
        scene.place()
        everybody = [again(one) for one in scene.people]
        registrations.cancel_all(everybody, reason="storm", by=factories.TESTS, at=NOW)
        factories.commit()
        assert scene.places == {}
        counted_right()

    def test_whoever_takes_part_on_video_gives_the_place_back(self, scene: Scene) -> None:
        event = factories.event(slug="both", format=EventFormat.HYBRID)
        one = factories.registration(event, scene.companies[0], "Hy", "Brid")
        found, both = make_set(event), make_set(event, name="Anywhere", mode=None)
        for each in (found, both):
            service.move(each, [one.id], queries.groups_of(each)[0], by=factories.TESTS, at=NOW)
        factories.commit()
        registrations.change_mode(again(one), Mode.VIRTUAL, by=factories.TESTS, at=NOW)
        factories.commit()
        assert queries.placed_ids(found) == {}
        assert list(queries.placed_ids(both)) == [one.id]
        counted_right()

    def test_whoever_waits_again_gives_the_place_back(self, scene: Scene) -> None:
        event = factories.event(slug="full", capacity=1)
        first = factories.registration(event, scene.companies[0], "Fi", "Rst")
        factories.registration(event, scene.companies[1], "Se", "Cond")
        found = make_set(event)
        service.move(found, [first.id], queries.groups_of(found)[0], by=factories.TESTS, at=NOW)
        factories.commit()
        registrations.to_waiting_list([again(first)], reason="", by=factories.TESTS, at=NOW)
        factories.commit()
        assert queries.placed_ids(found) == {}
        counted_right()

    def test_a_substitute_inherits_the_place_but_neither_pin_nor_rules(self, scene: Scene) -> None:
        ada, ben = scene.people[0], scene.people[3]
        service.add_rule(scene.found, RuleKind.TOGETHER, registrations=[ada.id, ben.id], by=factories.TESTS, at=NOW)
        factories.commit()
        scene.place()
        assert scene.places["Ada Of0"] == scene.places["Ben Of1"]
        service.pin(scene.found, [ada.id], True, by=factories.TESTS, at=NOW)
        announce(scene)
        registrations.substitute(again(ada), "New", "Comer", "new@donau.example", by=factories.TESTS, at=NOW)
        factories.commit()
        assert scene.places["New Comer"] == scene.places["Ben Of1"]
        assert db.session.scalar(text("SELECT count(*) FROM group_place WHERE pinned")) == 0
        assert queries.rule_lines(scene.found)[0].names == ["Ben Of1"]
        assert service.untold(scene.found, scene.groups).new == [ada.id], "the new one was never told"
        counted_right()

    def test_a_substitute_does_not_sit_where_a_rule_forbids_it(self, scene: Scene) -> None:
        scene.move(0, 2, to=1)
        service.add_rule(scene.found, RuleKind.APART, companies=scene.companies[:2], by=factories.TESTS, at=NOW)
        factories.commit()
        registrations.substitute(again(scene.people[0]), "New", "Comer", "new@donau.example", by=factories.TESTS, at=NOW)
        factories.commit()
        assert scene.places == {"Ada Of1": 1}
        counted_right()

    def test_a_rule_goes_when_all_its_people_were_exchanged(self, scene: Scene) -> None:
        people = [scene.people[0], scene.people[2]]
        service.add_rule(scene.found, RuleKind.APART, registrations=[r.id for r in people], by=factories.TESTS, at=NOW)
        factories.commit()
        for n, one in enumerate(people):
            address = f"new@{('donau', 'isar')[n]}.example"
            registrations.substitute(again(one), "New", f"N{n}", address, by=factories.TESTS, at=NOW)
        factories.commit()
        assert db.session.scalar(select(func.count()).select_from(GroupRule)) == 0

    def test_an_erased_person_frees_the_place(self, scene: Scene) -> None:
        scene.place()
        erasing.erase(scene.people[0].person_id, by=scene.organizer, now=NOW)
        factories.commit()
        assert len(scene.places) == 5
        counted_right()

    def test_companies_that_were_merged_are_one_in_rules_too(self, scene: Scene) -> None:
        service.add_rule(scene.found, RuleKind.APART, companies=scene.companies[1:], by=factories.TESTS, at=NOW)
        factories.commit()
        merging.merge(scene.companies[0], scene.companies[1], by=factories.TESTS, at=NOW)
        factories.commit()
        taking = queries.taking(scene.found, scene.groups, set(), anew=True)
        assert len(taking.facts.rules[0].members[0]) == 4
        scene.place()
        counted_right()

    def test_of_an_event_that_moved_to_video_places_are_kept_but_not_shown(self, client: PageClient, scene: Scene) -> None:
        scene.place()
        announce(scene)
        db.session.execute(text("UPDATE registration SET mode = 'virtual'"))
        factories.commit()
        assert "Circle" not in client.get(f"/r/{scene.people[0].token}").text
        assert service.untold(scene.found, scene.groups).ids == []
        orga = client.sign_in(scene.organizer)
        assert "6 people have a place but take part no more." in orga.get(scene.url).text
        assert len(scene.places) == 6
        scene.place()
        assert scene.places == {}
        assert [*counting.miscounted(), *counting.astray()] == []


class TestNeeds:
    @pytest.fixture
    def needing(self, scene: Scene) -> Registration:
        one = scene.people[4]
        row = {"diet": [], "allergens": [], "access": "wheelchair", "given_at": NOW, "given_by": "x", "purge_on": NOW.date()}
        db.session.add(Needs(registration_id=one.id, **row))
        service.switch_rules(scene.found, mixes=True, near_door=True, by=factories.TESTS, at=NOW)
        third = scene.groups[2]
        details = GroupDetails("", 2, True, "", "")
        service.change_group(scene.found, third, details, version=third.version, by=factories.TESTS, at=NOW)
        factories.commit()
        return one

    def test_who_may_know_places_near_the_door(self, scene: Scene, needing: Registration) -> None:
        draft = scene.place(roles=(Role.CATERING,))
        assert scene.places[needing.name] == 3
        assert draft.problems == []

    def test_others_place_without_and_not_everybody_anew(self, scene: Scene, needing: Registration) -> None:
        draft = service.draft(scene.viewer(), scene.event, scene.found, anew=False, seed=1)
        assert not any(guest.near_door for guest in draft.facts.guests)
        with pytest.raises(RuleError, match="Catering"):
            service.draft(scene.viewer(), scene.event, scene.found, anew=True, seed=1)

    def test_no_page_says_who_it_is(self, orga: PageClient, scene: Scene, needing: Registration) -> None:
        scene.move(4, to=1)
        page = orga.get(scene.url).text
        assert "Access needs are not looked at" in page
        assert "away from the door" not in page
        client = orga.sign_in(factories.user("both@karmin.example", Role.ORGANIZER, Role.CATERING))
        page = client.get(scene.url).text
        assert "1 person with access needs is away from the door." in page
        assert "wheelchair" not in page
        placing = client.get(f"{scene.url}/place").text
        assert "they are pinned or were placed before" in placing
        assert "wheelchair" not in str(db.session.scalars(select(AuditEntry.changes)).all())


class TestTelling:
    def test_everybody_is_told_once_and_then_whom_a_change_concerns(self, orga: PageClient, scene: Scene) -> None:
        scene.place()
        page = orga.get(f"{scene.url}/announce").text
        assert "Drumming: your place is Circle" in page
        assert scene.people[0].token not in page
        assert mails("registrations.group_place") == []
        assert send(orga, f"{scene.url}/announce").status_code == 302
        tell()
        first = mails("registrations.group_place")
        assert len(first) == 6
        assert {mail.to_address for mail in first} == {f"{n}{c}@company.example" for n in ("ada", "ben") for c in (0, 1, 2)}
        assert "Where: Hall B" in first[0].text
        assert "When:" not in first[0].text
        tell()
        assert len(mails("registrations.group_place")) == 6
        nothing = orga.get(f"{scene.url}/announce").text
        assert "Everybody knows" in nothing
        old = scene.places["Ada Of0"]
        scene.move(0, to=None)
        scene.move(*[n for n, r in enumerate(scene.people) if scene.places.get(r.name) == old], to=None)
        free = next(one.number for one in scene.groups if one.pool.free)
        assert free == old
        assert announce(scene) == 2
        gone = mails("registrations.group_place_gone")
        assert len(gone) == 2
        scene.move(0, to=old)
        assert announce(scene) == 1
        assert len(mails("registrations.group_place")) == 7

    def test_another_hall_is_news_for_everybody(self, scene: Scene) -> None:
        scene.place()
        announce(scene)
        details = SetDetails("Drumming", scene.found.kind, place="Hall C", size=2)
        service.change(scene.found, details, version=scene.found.version, by=factories.TESTS, at=NOW)
        assert len(service.untold(scene.found, scene.groups).changed) == 6

    def test_nobody_is_told_twice_when_the_worker_dies_and_begins_anew(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("eventapp.groups.service.telling.PORTION", 2)
        scene.place()
        service.announce(scene.found, by=factories.TESTS, at=NOW)
        factories.commit()
        assert service.tell_some(scene.found.id, at=NOW)
        factories.commit()
        assert len(mails("registrations.group_place")) == 2
        assert service.tell_some(scene.found.id, at=NOW)
        db.session.rollback()
        tell()
        assert len(mails("registrations.group_place")) == 6
        assert db.session.scalar(select(func.count()).select_from(GroupTold)) == 6
        assert db.session.get_one(GroupSet, scene.found.id).telling_since is None

    def test_places_stand_behind_the_link_once_they_are_announced(self, client: PageClient, scene: Scene) -> None:
        scene.place()
        url = f"/r/{scene.people[0].token}"
        assert "Circle" not in client.get(url).text
        announce(scene)
        number = scene.places["Ada Of0"]
        assert f"Circle {number} · Hall B" in client.get(url).text

    def test_a_company_sees_the_places_of_its_own_people_alone(self, client: PageClient, scene: Scene) -> None:
        scene.move(0, 2, to=1)
        scene.move(1, 4, to=2)
        admin = factories.company_admin(scene.companies[0], "admin@donau.example")
        page = client.sign_in(admin).get("/company/groups/")
        assert "No places yet" in page.text
        announce(scene)
        page = client.get("/company/groups/")
        assert "Ada Of0" in page.text
        assert "Circle 1" in page.text
        assert "Of1" not in page.text
        assert "Of2" not in page.text
        assert "/company/groups/" in client.get("/company/registrations/").text

    def test_what_is_switched_off_is_said_so(self, orga: PageClient, scene: Scene) -> None:
        scene.place()
        url = "/admin/events/summit/messages/group_place"
        form = fields(orga.get(url).text, f"{url}/switch")
        assert orga.post(f"{url}/switch", data={k: v for k, v in form.items() if k != "enabled"}).status_code == 302
        assert "switched off" in orga.get(f"{scene.url}/announce").text
