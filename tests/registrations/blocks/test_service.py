"""Blocks as a service: what they hold, what naming takes, and what a release leaves."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.events import service as events
from eventapp.events.admission import service as admission
from eventapp.events.admission.service import KindDetails
from eventapp.events.models import AdmissionKind, EventFormat, EventStatus, Mode, OfferedTo
from eventapp.lifecycle import service as lifecycle
from eventapp.lifecycle.merging import companies as merging
from eventapp.partners.models import OrganisationStatus
from eventapp.places.models import Pool
from eventapp.registrations import queries as all_queries
from eventapp.registrations import service as registrations
from eventapp.registrations.blocks import counting, queries, releasing, service
from eventapp.registrations.blocks.models import BlockClaim, SeatBlock
from eventapp.registrations.models import Registration
from tests.conftest import NOW
from tests.registrations.blocks.conftest import (
    RELEASES,
    UNTIL,
    Channel,
    again,
    counted_right,
    give,
    make,
    name,
    own,
    statuses,
    supply,
    taken,
)
from tests.support import factories
from tests.support.browsing import mails

BY = {"by": factories.TESTS, "at": NOW}
BY_NOW: dict[str, Any] = {"by": factories.TESTS, "now": NOW}


def loaded(one: Registration) -> Registration:
    return db.session.scalars(select(Registration).options(*all_queries.LOADED).where(Registration.id == one.id)).one()


def cancel(one: Registration, at: object = NOW) -> None:
    registrations.cancel([loaded(one)], reason="", by=factories.TESTS, at=at)  # type: ignore[arg-type]
    factories.commit()


def resized(block: SeatBlock, size: int) -> int:
    block = again(block)
    dates = {"name_until": block.name_until, "releases_at": block.releases_at}
    moved = service.change(block, size=size, note="", version=block.version, **dates, **BY)  # type: ignore[arg-type]
    factories.commit()
    return moved


def released(block: SeatBlock, at: object = NOW) -> releasing.Released:
    done = releasing.release(again(block), by=factories.TESTS, at=at)  # type: ignore[arg-type]
    factories.commit()
    return done


class TestMaking:
    """A block takes its places at once."""

    def test_its_places_are_taken_from_the_event(self, channel: Channel) -> None:
        block = make(channel.event, channel.distributor)
        assert taken(channel.event) == (20, 20)
        numbers = queries.numbers(block)
        assert (numbers.size, numbers.named, numbers.allotted, numbers.resellers) == (20, 0, 0, 0)
        assert statuses(channel.event) == []
        counted_right()

    def test_more_than_are_free_are_refused_with_the_number(self, channel: Channel) -> None:
        with pytest.raises(RuleError, match="Only 30 places") as error:
            make(channel.event, channel.distributor, 31)
        assert error.value.field == "size"

    def test_a_room_of_a_hybrid_event_counts(self, channel: Channel) -> None:
        event = factories.event(format=EventFormat.HYBRID, capacity_in_person=5)
        with pytest.raises(RuleError, match="Only 5 places"):
            make(event, channel.distributor, 6)
        db.session.rollback()
        make(event, channel.distributor, 6, mode=Mode.VIRTUAL)
        counted_right()

    def test_those_who_wait_come_first(self, channel: Channel) -> None:
        event = factories.event(capacity=2)
        factories.register(event, channel.first, *(factories.attendee() for _n in range(3)))
        with pytest.raises(RuleError, match="People wait for places"):
            make(event, channel.distributor, 1)

    @pytest.mark.parametrize("status", [OrganisationStatus.ENDED, OrganisationStatus.SUSPENDED])
    def test_a_company_that_may_not_register_holds_nothing(self, channel: Channel, status: OrganisationStatus) -> None:
        channel.distributor.status = status
        factories.commit()
        with pytest.raises(RuleError, match="cannot register people"):
            make(channel.event, channel.distributor)

    def test_the_mode_must_be_one_of_the_event(self, channel: Channel) -> None:
        with pytest.raises(RuleError, match="no such way"):
            make(channel.event, channel.distributor, mode=Mode.VIRTUAL)

    def test_an_event_that_is_over_or_cancelled_has_no_blocks(self, channel: Channel) -> None:
        with pytest.raises(RuleError, match="over"):
            make(channel.event, channel.distributor, at=factories.ENDS)
        lifecycle.cancel_event(channel.event, "x", by=factories.TESTS, now=NOW)
        factories.commit()
        with pytest.raises(RuleError, match="cancelled"):
            make(channel.event, channel.distributor)


class TestChanging:
    """Larger while the event has room, smaller down to what is neither named nor allotted."""

    def test_larger_and_smaller(self, channel: Channel) -> None:
        block = make(channel.event, channel.distributor)
        resized(block, 25)
        assert taken(channel.event) == (25, 25)
        resized(block, 10)
        assert taken(channel.event) == (10, 10)
        assert queries.numbers(again(block)).size == 10
        counted_right()

    def test_a_larger_one_without_room_is_refused(self, channel: Channel) -> None:
        block = make(channel.event, channel.distributor)
        with pytest.raises(RuleError, match="Only 10 places of the event are free"):
            resized(block, 31)
        db.session.rollback()
        assert taken(channel.event) == (20, 20)

    def test_named_and_allotted_places_stay(self, channel: Channel) -> None:
        block = make(channel.event, channel.distributor)
        give(block, channel.first, 6)
        name(own(block), 4)
        with pytest.raises(RuleError, match="Only 10 places are neither named nor allotted"):
            resized(block, 9)
        db.session.rollback()
        resized(block, 10)
        counted_right()

    def test_a_smaller_block_lets_those_who_wait_in(self, channel: Channel) -> None:
        event = factories.event(capacity=10)
        block = make(event, channel.distributor, 9)
        factories.register(event, channel.first, *(factories.attendee() for _n in range(4)))
        assert statuses(event) == ["confirmed", "waiting", "waiting", "waiting"]
        assert resized(block, 7) == 2
        assert statuses(event) == ["confirmed", "confirmed", "confirmed", "waiting"]
        counted_right()

    def test_a_stale_page_is_told(self, channel: Channel) -> None:
        block = make(channel.event, channel.distributor)
        values = {"size": 20, "name_until": UNTIL, "releases_at": RELEASES, "note": "first"}
        service.change(again(block), version=1, **values, **BY)  # type: ignore[arg-type]
        factories.commit()
        with pytest.raises(StaleError):
            service.change(again(block), version=1, **values, **BY)  # type: ignore[arg-type]

    def test_another_date_reminds_anew(self, channel: Channel) -> None:
        block = make(channel.event, channel.distributor)
        block.noticed = 7
        factories.commit()
        later = UNTIL + timedelta(days=30)
        service.change(
            again(block),
            size=20,
            name_until=later,
            releases_at=later,
            note="",
            version=again(block).version,
            **BY,  # type: ignore[arg-type]
        )
        factories.commit()
        assert again(block).noticed is None


class TestAllotting:
    """Places go from the holder's own share to a reseller's, and back while nobody is named."""

    def test_places_are_moved_and_not_made(self, channel: Channel) -> None:
        block = make(channel.event, channel.distributor)
        share = give(block, channel.first, 6, supplied_only=True)
        assert [(s.company, s.places, s.named) for s in queries.shares_of(block)] == [
            ("Alpen Distribution GmbH", 14, 0),
            ("Donau Systemhaus GmbH", 6, 0),
        ]
        name(share, 2)
        service.change_share(again(block), queries.share(block, share.id), 2, **BY)  # type: ignore[arg-type]
        factories.commit()
        assert [s.places for s in queries.shares_of(block)] == [18, 2]
        counted_right()

    def test_named_ones_are_not_taken_back(self, channel: Channel) -> None:
        block = make(channel.event, channel.distributor)
        share = give(block, channel.first, 6)
        (one, _two) = name(share, 2)
        with pytest.raises(RuleError, match="2 of these places are named"):
            service.change_share(again(block), queries.share(block, share.id), 1, **BY)  # type: ignore[arg-type]
        db.session.rollback()
        cancel(one)
        service.change_share(again(block), queries.share(block, share.id), 1, **BY)  # type: ignore[arg-type]
        factories.commit()
        counted_right()

    def test_no_more_than_there_are(self, channel: Channel) -> None:
        block = make(channel.event, channel.distributor, 5)
        name(own(block), 2)
        with pytest.raises(RuleError, match="Only 3 places are left to allot"):
            give(block, channel.first, 4)

    def test_a_holder_allots_only_to_whom_it_supplies_today(self, channel: Channel) -> None:
        block = make(channel.event, channel.distributor)
        with pytest.raises(RuleError, match="a company that you supply"):
            give(block, channel.stranger, 1, supplied_only=True)
        db.session.rollback()
        supply(channel.distributor, channel.stranger, valid_to=NOW.date())
        with pytest.raises(RuleError, match="a company that you supply"):
            give(block, channel.stranger, 1, supplied_only=True)
        db.session.rollback()
        assert [name for _id, name in queries.names_of(queries.supplied_ids(channel.distributor.id, NOW.date()))] == [
            "Donau Systemhaus GmbH",
            "Isar Netze AG",
        ]
        give(block, channel.stranger, 1)

    def test_twice_to_one_company_is_a_change(self, channel: Channel) -> None:
        block = make(channel.event, channel.distributor)
        share = give(block, channel.first, 2)
        with pytest.raises(RuleError, match="has places of this block already"):
            give(block, channel.first, 2)
        db.session.rollback()
        service.change_share(again(block), queries.share(block, share.id), 0, **BY)  # type: ignore[arg-type]
        factories.commit()
        assert give(block, channel.first, 3).id == share.id
        counted_right()

    def test_not_to_the_holder_itself(self, channel: Channel) -> None:
        with pytest.raises(RuleError, match="belong to this company already"):
            give(make(channel.event, channel.distributor), channel.distributor, 1)

    def test_not_when_names_are_closed(self, channel: Channel) -> None:
        block = make(channel.event, channel.distributor)
        with pytest.raises(RuleError, match="no longer be named"):
            service.allot(again(block), channel.first, 1, supplied_only=True, by=factories.TESTS, at=UNTIL)


class TestNaming:
    """A named person takes a place of the share, and none of the company's own or of the event's."""

    def test_claims_do_not_use_the_own_quota(self, channel: Channel) -> None:
        block = make(channel.event, channel.distributor)
        share = give(block, channel.first, 3)
        made = name(share, 3)
        assert [r.status.value for r in made] == ["confirmed"] * 3
        assert {r.organisation_id for r in made} == {channel.first.id}
        assert {r.source.value for r in made} == {"block"}
        assert taken(channel.event) == (20, 20)
        # The one place of its own is still there.
        assert factories.registration(channel.event, channel.first).status.value == "confirmed"
        assert taken(channel.event) == (21, 21)
        counted_right()

    def test_a_company_without_places_of_its_own_may_name(self, channel: Channel) -> None:
        event = factories.event(quotas={"ready": 0}, capacity=5)
        assert len(name(give(make(event, channel.distributor, 3), channel.first, 2), 2)) == 2

    def test_the_event_s_window_does_not_count(self, channel: Channel) -> None:
        event = factories.event(capacity=9, registration_closes_at=NOW - timedelta(days=1))
        share = give(make(event, channel.distributor, 3), channel.first, 2)
        assert len(name(share, 2)) == 2

    def test_no_more_than_the_share_has(self, channel: Channel) -> None:
        share = give(make(channel.event, channel.distributor), channel.first, 2)
        name(share, 1)
        with pytest.raises(RuleError, match="Only 1 of these places is left"):
            name(share, 2)
        db.session.rollback()
        assert statuses(channel.event) == ["confirmed"]

    def test_not_after_the_last_moment_nor_after_the_release(self, channel: Channel) -> None:
        block = make(channel.event, channel.distributor)
        share = give(block, channel.first, 2)
        with pytest.raises(RuleError, match="could be named until"):
            name(share, 1, at=UNTIL)
        db.session.rollback()
        released(block)
        with pytest.raises(RuleError, match="fallen back"):
            name(share, 1)

    def test_a_cancelled_place_is_the_share_s_again(self, channel: Channel) -> None:
        event = factories.event(capacity=3)
        block = make(event, channel.distributor, 2)
        share = give(block, channel.first, 1)
        factories.register(event, channel.stranger, factories.attendee(), factories.attendee())
        (one,) = name(share, 1)
        cancel(one)
        assert statuses(event) == ["confirmed", "waiting", "cancelled"]
        assert queries.numbers(again(block)).named == 0
        (two,) = name(share, 1)
        assert two.status.value == "confirmed"
        counted_right()

    def test_undoing_takes_the_place_again_or_waits_for_it(self, channel: Channel) -> None:
        share = give(make(channel.event, channel.distributor), channel.first, 1)
        (one,) = name(share, 1)
        cancel(one)
        (two,) = name(share, 1)
        registrations.undo_cancel(loaded(one), by=factories.TESTS, at=NOW)
        factories.commit()
        assert statuses(channel.event) == ["waiting", "confirmed"]
        counted_right()
        waits = "a place of the block of Alpen Distribution GmbH, position 1 of 1"
        assert f"You are waiting for {waits}." in mails("registrations.waiting")[-1].text
        cancel(two)
        assert statuses(channel.event) == ["confirmed", "cancelled"]
        counted_right()

    def test_whoever_comes_instead_is_of_the_same_company(self, channel: Channel) -> None:
        share = give(make(channel.event, channel.distributor), channel.first, 1)
        (one,) = name(share, factories.attendee("Ada", "Lang", "ada@donau.example"))
        with pytest.raises(RuleError, match="a colleague at Donau"):
            registrations.substitute(loaded(one), "Paul", "Alp", "paul@alpen.example", by=factories.TESTS, at=NOW)
        db.session.rollback()
        registrations.substitute(loaded(one), "Ben", "Moser", "ben@donau.example", by=factories.TESTS, at=NOW)
        factories.commit()
        assert [n.name for n in queries.named_in([share.id])] == ["Ben Moser"]
        counted_right()

    def test_the_mode_is_the_block_s_until_it_is_released(self, channel: Channel) -> None:
        event = factories.event(format=EventFormat.HYBRID, capacity_in_person=9, capacity_virtual=9)
        block = make(event, channel.distributor, 3)
        (one,) = name(give(block, channel.first, 1), 1)
        with pytest.raises(RuleError, match="set aside for one way"):
            registrations.change_mode(loaded(one), Mode.VIRTUAL, by=factories.TESTS, at=NOW)
        db.session.rollback()
        released(block)
        registrations.change_mode(loaded(one), Mode.VIRTUAL, by=factories.TESTS, at=NOW)
        factories.commit()
        counted_right()


class TestReleasing:
    """Unnamed places fall back; a named one is from then on like any other."""

    def test_unnamed_ones_go_to_those_who_wait(self, channel: Channel) -> None:
        event = factories.event(capacity=10)
        block = make(event, channel.distributor, 8)
        share = give(block, channel.first, 3)
        name(share, 2)
        name(own(block), 1)
        factories.register(event, channel.stranger, *(factories.attendee() for _n in range(9)))
        assert releasing.preview(again(block)) == releasing.Released(named=3, returned=5, promoted=5)
        done = released(block)
        assert done == releasing.Released(named=3, returned=5, promoted=5)
        assert statuses(event) == ["confirmed"] * 3 + ["confirmed"] * 7 + ["waiting"] * 2
        assert taken(event) == (10, 10)
        counted_right()

    def test_without_any_name_all_fall_back(self, channel: Channel) -> None:
        block = make(channel.event, channel.distributor)
        assert released(block) == releasing.Released(0, 20, 0)
        assert taken(channel.event) == (0, 0)
        counted_right()

    def test_with_all_named_none_does(self, channel: Channel) -> None:
        block = make(channel.event, channel.distributor, 3)
        name(own(block), 3)
        assert released(block) == releasing.Released(3, 0, 0)
        assert taken(channel.event) == (3, 3)
        counted_right()

    def test_afterwards_a_cancelled_place_goes_to_the_event_s_list(self, channel: Channel) -> None:
        event = factories.event(capacity=2)
        block = make(event, channel.distributor, 2)
        (one, _two) = name(own(block), 2)
        factories.register(event, channel.stranger, factories.attendee())
        released(block)
        assert statuses(event) == ["confirmed", "confirmed", "waiting"]
        cancel(one)
        assert statuses(event) == ["cancelled", "confirmed", "confirmed"]
        registrations.undo_cancel(loaded(one), by=factories.TESTS, at=NOW)
        factories.commit()
        assert statuses(event) == ["waiting", "confirmed", "confirmed"]
        counted_right()

    def test_whoever_waited_for_the_block_waits_for_the_event(self, channel: Channel) -> None:
        event = factories.event(capacity=3)
        block = make(event, channel.distributor, 2)
        share = give(block, channel.first, 1)
        (one,) = name(share, 1)
        cancel(one)
        name(share, 1)
        registrations.undo_cancel(loaded(one), by=factories.TESTS, at=NOW)
        factories.commit()
        assert statuses(event) == ["waiting", "confirmed"]
        released(block)
        assert statuses(event) == ["confirmed", "confirmed"]
        counted_right()

    def test_twice_is_refused(self, channel: Channel) -> None:
        block = make(channel.event, channel.distributor)
        released(block)
        with pytest.raises(RuleError, match="released already"):
            released(block)

    def test_nothing_is_changed_afterwards(self, channel: Channel) -> None:
        block = make(channel.event, channel.distributor)
        share = give(block, channel.first, 2)
        released(block)
        for act in (
            lambda: resized(block, 5),
            lambda: give(block, channel.second, 1),
            lambda: service.change_share(again(block), queries.share(block, share.id), 0, **BY),  # type: ignore[arg-type]
        ):
            with pytest.raises(RuleError, match="has been released"):
                act()
            db.session.rollback()


class TestKinds:
    """An event with admission kinds: the block is of one of them, and takes its places."""

    @pytest.fixture
    def press(self, channel: Channel) -> AdmissionKind:
        details = KindDetails("Press", "", 4, None, None, False, False, OfferedTo.INVITED)
        made = admission.add_kind(channel.event, details, **BY_NOW)
        admission.add_kind(channel.event, replace(details, name="Crew", offered_to=OfferedTo.ORGANIZERS), **BY_NOW)
        factories.commit()
        return made

    def test_the_kind_s_places_count_and_its_people_come_as_it(self, channel: Channel, press: AdmissionKind) -> None:
        with pytest.raises(RuleError, match="Only 4 places"):
            make(channel.event, channel.distributor, 5, kind_id=press.id)
        db.session.rollback()
        block = make(channel.event, channel.distributor, 4, kind_id=press.id)
        (one,) = name(give(block, channel.first, 2), 1)
        assert one.kind_id == press.id
        assert one.status.value == "confirmed"
        counted_right()
        released(block)
        db.session.expire_all()
        assert db.session.get_one(Pool, press.pool_id).taken == 1
        counted_right()

    def test_it_must_be_said_as_what_people_come(self, channel: Channel, press: AdmissionKind) -> None:
        crew = db.session.scalars(select(AdmissionKind).where(AdmissionKind.name == "Crew")).one()
        for kind_id in (None, 987_654, crew.id):
            with pytest.raises(RuleError, match="as what they come"):
                make(channel.event, channel.distributor, 2, kind_id=kind_id)
            db.session.rollback()

    def test_the_kind_stays(self, channel: Channel, press: AdmissionKind) -> None:
        other = admission.add_kind(
            channel.event, KindDetails("Guest", "", None, None, None, False, False, OfferedTo.EVERYBODY), **BY_NOW
        )
        factories.commit()
        (one,) = name(own(make(channel.event, channel.distributor, 2, kind_id=press.id)), 1)
        with pytest.raises(RuleError, match="set aside for one kind"):
            registrations.change_kind(loaded(one), other.id, by=factories.TESTS, at=NOW)


class TestLifecycle:
    """Acts over several features know the blocks."""

    def test_a_cancelled_event_ends_its_blocks(self, channel: Channel) -> None:
        event = factories.event(capacity=4)
        block = make(event, channel.distributor, 3)
        name(own(block), 1)
        factories.register(event, channel.stranger, factories.attendee(), factories.attendee())
        lifecycle.cancel_event(event, "storm", by=factories.TESTS, now=NOW)
        factories.commit()
        assert set(statuses(event)) == {"cancelled"}
        assert taken(event) == (0, 0)
        assert again(block).released_at == NOW
        counted_right()

    def test_a_merged_reseller_keeps_its_places_and_gets_them_back(self, channel: Channel) -> None:
        block = make(channel.event, channel.distributor)
        give(block, channel.first, 2)
        share = give(block, channel.second, 3)
        name(share, 1)
        made = merging.merge(channel.first, channel.second, by=factories.TESTS, at=NOW)
        factories.commit()
        counted_right()
        assert [(s.company, s.places) for s in queries.shares_of(block)][1:] == [
            ("Donau Systemhaus GmbH", 2),
            ("Donau Systemhaus GmbH", 3),
        ]
        merging.undo(made, by=factories.TESTS, at=NOW)
        factories.commit()
        counted_right()
        assert [s.company for s in queries.shares_of(block)][1:] == ["Donau Systemhaus GmbH", "Isar Netze AG"]

    def test_a_merged_holder_s_block_moves(self, channel: Channel) -> None:
        block = make(channel.event, channel.distributor)
        name(own(block), 2)
        give(block, channel.first, 2)
        merging.merge(channel.first, channel.distributor, by=factories.TESTS, at=NOW)
        factories.commit()
        assert again(block).organisation_id == channel.first.id
        assert {s.company_id for s in queries.shares_of(block)} == {channel.first.id}
        counted_right()

    def test_an_event_does_not_leave_a_mode_in_which_a_block_holds_places(self, channel: Channel) -> None:
        event = factories.event(format=EventFormat.HYBRID)
        make(event, channel.distributor, 3)
        details = factories.details(format=EventFormat.VIRTUAL, slug=event.slug)
        with pytest.raises(RuleError, match="mode that this format does not have"):
            events.change(event, details, version=event.version, by=factories.TESTS, now=NOW)

    def test_a_draft_has_blocks_but_no_names(self, channel: Channel) -> None:
        event = factories.event(published=False)
        block = make(event, channel.distributor, 3)
        with pytest.raises(RuleError, match="not published"):
            name(own(block), 1)
        db.session.rollback()
        events.change_status(event, EventStatus.PUBLISHED, by=factories.TESTS, now=NOW)
        factories.commit()
        assert len(name(own(block), 1)) == 1

    def test_the_doctor_sees_a_block_that_does_not_add_up(self, channel: Channel) -> None:
        block = make(channel.event, channel.distributor)
        assert counting.miscounted() == []
        block.size = 19
        factories.commit()
        (found,) = counting.miscounted()
        assert (found.size, found.held, found.shared, found.released) == (19, 20, 20, False)


def test_claims_are_known_by_their_block(channel: Channel) -> None:
    share = give(make(channel.event, channel.distributor), channel.first, 2)
    (one,) = name(share, 1)
    assert queries.claimed_through([one.id]) == {one.id: "Alpen Distribution GmbH"}
    assert db.session.get_one(BlockClaim, one.id).share_id == share.id
