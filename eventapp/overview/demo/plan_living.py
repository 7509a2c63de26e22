"""What became of the demo's plans: workshops, agreement, versions, signatures, actual values, reviews, actions, lessons."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from eventapp.core.db import db
from eventapp.core.markdown import to_html
from eventapp.overview.demo import plan_extras, plan_reading, plan_texts, plan_workshops
from eventapp.overview.demo.plan_shapes import Shape
from eventapp.plans import queries
from eventapp.plans.actions.rules import reminders_behind
from eventapp.plans.models import (
    QUARTERS,
    READ_SOURCES,
    ActionOrigin,
    ActionStatus,
    Actual,
    Amendment,
    ChangeRequest,
    ConfidenceVote,
    Lesson,
    LessonKind,
    MemberFunction,
    Objective,
    Plan,
    PlanAction,
    PlanAgreement,
    PlanMember,
    PlanNote,
    PlanSignature,
    PlanStatus,
    PlanVersion,
    Review,
    ReviewAttendee,
    ReviewState,
    SectionState,
    Side,
    SlotAnswer,
    SlotState,
    VersionState,
    Workshop,
    WorkshopAnswer,
    WorkshopAttendance,
    WorkshopItem,
    WorkshopSlot,
    WorkshopState,
)
from eventapp.plans.reviews.numbers import taken
from eventapp.plans.reviews.rules import ACCEPT_WITHIN, AROUND, freeze_day, usual
from eventapp.plans.rules import quarter_days
from eventapp.plans.signing.canonical import canonical, content_of, digest
from eventapp.plans.signing.rules import LASTS
from eventapp.plans.signing.service import STATEMENT

_S, _F = PlanStatus, MemberFunction
Team = Mapping[tuple[Side, MemberFunction], PlanMember]
ZONE = "Europe/Vienna"
AFTER_SIGNING = (_S.ACTIVE, _S.COMPLETED)


def live(plan: Plan, team: Team, shape: Shape, random: Random, at: datetime) -> None:
    """Brings the plan to where its shape says that it stands."""
    if shape.status is _S.DRAFT:
        return
    story = _Story(plan, team, shape, random, at)
    if shape.status is _S.CANCELLED:
        plan.status, plan.cancelled_at = _S.CANCELLED, at - timedelta(days=5)
        plan.cancelled_reason = "The company is being bought; both sides wait for the new owner."
        return
    story.meet()
    plan.status = shape.status
    if shape.status is not _S.WORKSHOP:
        story.agree()
    if shape.delegated:
        plan_extras.delegate(plan, team, at - timedelta(days=9))
    if shape.status is _S.IN_SIGNATURE:
        story.sign(VersionState.IN_SIGNATURE, at - timedelta(days=6), shape.signed)
    if shape.status in AFTER_SIGNING:
        story.sign(VersionState.IN_FORCE, story.start - timedelta(days=20), None)
        story.reach()
        story.review()
    story.act()
    if shape.status in AFTER_SIGNING:
        plan_extras.use_funds(plan, team, at)
        plan_extras.get_on(plan, at)
    if shape.domain:
        plan_extras.say(plan, team, at)
    if shape.suspended:
        plan.suspended_at, plan.suspended_reason = at - timedelta(days=2), plan_texts.SUSPENDED
    if shape.amending:
        plan.amendment = Amendment.EDITING
    if shape.status is _S.COMPLETED:
        story.end()
    db.session.flush()


class _Story:
    def __init__(self, plan: Plan, team: Team, shape: Shape, random: Random, at: datetime) -> None:
        self.plan, self.team, self.shape, self.random, self.at = plan, team, shape, random, at
        self.start = datetime.combine(plan.period_start, time(9), UTC)
        self.here = {"plan_id": plan.id}
        self.owners = {side: team[side, _F.OWNER] for side in Side}
        self.objectives: Sequence[Objective] = queries.objectives(plan)
        self.values: dict[tuple[int, int], Actual] = {}
        self.version: PlanVersion | None = None
        self.reviewed: int | None = None  # the last review that was held, whose commitments the actions are

    def meet(self) -> None:
        """The workshop: with a date ahead, or held with everybody there."""
        coming = self.shape.status is _S.WORKSHOP
        day = self.at + timedelta(days=16) if coming else min(self.start - timedelta(days=60), self.at - timedelta(days=20))
        day = day.replace(hour=8, minute=0, second=0, microsecond=0)
        ended = day + timedelta(hours=8)
        workshop = Workshop(
            state=WorkshopState.DATED if coming else WorkshopState.HELD,
            time_zone=ZONE,
            place="Vienna, Karmin Software, room Danube",
            dated_at=day - timedelta(days=35),
            started_at=None if coming else day,
            ended_at=None if coming else ended,
            quorum_a=not coming,
            quorum_b=not coming,
            quorum_at=None if coming else day + timedelta(minutes=10),
            minutes="" if coming else plan_texts.MINUTES,
            minutes_html="" if coming else to_html(plan_texts.MINUTES),
            scribe_id=self.owners[Side.B].id,
            **self.here,
        )
        db.session.add(workshop)
        db.session.flush()
        of = {"workshop_id": workshop.id, **self.here}
        asked = {"proposed_by_id": self.owners[Side.A].id, "proposed_at": day - timedelta(days=40)}
        slot = WorkshopSlot(starts_at=day, ends_at=ended, state=SlotState.CONFIRMED, **asked, **of)
        db.session.add(slot)
        db.session.flush()
        everybody = list(self.team.values())
        yes = {"slot_id": slot.id, "answer": SlotAnswer.YES, "answered_at": day - timedelta(days=35), **self.here}
        db.session.add_all(WorkshopAnswer(member_id=one.id, **yes) for one in everybody)
        plan_workshops.prepare(of, self.owners, day, self.at, coming=coming)
        sections = {one.key: one.id for one in queries.sections(self.plan)}
        db.session.add_all(
            WorkshopItem(
                position=n,
                title=title,
                minutes=minutes,
                section_id=sections.get(key or ""),
                is_break=title in ("Break", "Lunch"),
                **of,
            )
            for n, (title, minutes, key) in enumerate(plan_texts.AGENDA, start=1)
        )
        if not coming:
            db.session.add_all(
                WorkshopAttendance(member_id=one.id, arrived_at=day, group_number=n % 2 + 1, **of)
                for n, one in enumerate(everybody)
            )
            db.session.add_all(
                ConfidenceVote(member_id=one.id, vote=3 + n % 3, voted_at=ended, **of) for n, one in enumerate(everybody)
            )

    def agree(self) -> None:
        """Both owners agree with every section; of a plan in its final review one is still open."""
        sections = queries.sections(self.plan)
        agreed_at = min(self.start - timedelta(days=30), self.at - timedelta(days=8))
        for n, section in enumerate(sections):
            last = n == len(sections) - 1 and self.shape.status is _S.FINAL_REVIEW
            sides = (Side.A,) if last else tuple(Side)
            values = {"section_id": section.id, "section_version": section.version, "agreed_at": agreed_at, **self.here}
            db.session.add_all(PlanAgreement(side=side, member_id=self.owners[side].id, **values) for side in sides)
            section.state = SectionState.DRAFTED if last else SectionState.AGREED
        db.session.flush()

    def sign(self, state: VersionState, frozen: datetime, signed: int | None) -> None:
        """Freezes version 1.0; so many people sign it, or all."""
        content = canonical(content_of(self.plan))
        over = state is VersionState.IN_FORCE
        version = PlanVersion(
            major=1,
            minor=0,
            content=content,
            content_hash=digest(content),
            created_by_id=self.owners[Side.B].id,
            created_at=frozen,
            state=state,
            due_at=frozen + LASTS,
            reminded=1 if not over else 0,
            closed_at=frozen + timedelta(days=5) if over else None,
            **self.here,
        )
        db.session.add(version)
        db.session.flush()
        self.version = version
        signers = [one for one in self.team.values() if one.signatory]
        # Who has a login in the demo signs last, so that there is something left to do.
        signers.sort(key=lambda one: (one.function is _F.OWNER and not over, one.side, one.id))
        for n, one in enumerate(signers[:signed]):
            moment = frozen + timedelta(hours=20 * (n + 1)) if over else frozen + timedelta(hours=9 * (n + 1))
            db.session.add(
                PlanSignature(
                    version_id=version.id,
                    member_id=one.id,
                    side=one.side,
                    function=one.function,
                    statement=STATEMENT,
                    typed_name=one.name,
                    proven_at=moment,
                    signed_at=moment,
                    network="198.51.100.7",
                    content_hash=version.content_hash,
                    **self.here,
                )
            )
        db.session.flush()

    def reach(self) -> None:
        """Actual values of the quarters that are over; of the last one some are not confirmed yet. Some are read."""
        assert self.shape.reached is not None
        for read in plan_reading.read(self.plan, self.objectives, self.at):
            read.entered_at = self._moment(quarter_days(self.plan.period_start, read.quarter)[1], 1)
            self.values[read.objective_id, read.quarter] = read
        for quarter in self._over():
            for n, one in enumerate(self.objectives):
                if one.source in READ_SOURCES:
                    continue
                target = one.target(quarter)
                assert target is not None
                wobble = Decimal(self.random.randint(-6, 6)) / 100
                share = max(self.shape.reached + wobble, Decimal("0.1"))
                value = target / share if one.direction.value == "minimize" else target * share
                ended = self._moment(quarter_days(self.plan.period_start, quarter)[1], 6)
                by, confirms = (self.owners[Side.B], self.owners[Side.A]) if n % 2 else (self.owners[Side.A], self.owners[Side.B])
                waits = 5 if self.shape.reads else 3
                open_still = (
                    quarter == self._over()[-1] and n == waits and self.plan.id % 3 == 1 and self.plan.status is _S.ACTIVE
                )
                self.values[one.id, quarter] = Actual(
                    objective_id=one.id,
                    quarter=quarter,
                    value=value.quantize(Decimal(1)),
                    entered_by_id=by.id,
                    entered_at=ended,
                    confirmed_by_id=None if open_still else confirms.id,
                    confirmed_at=None if open_still else ended + timedelta(days=2),
                    **self.here,
                )
        db.session.add_all(self.values.values())
        db.session.flush()

    def _over(self) -> list[int]:
        return [n for n in QUARTERS if quarter_days(self.plan.period_start, n)[1] + timedelta(days=3) < self.at.date()]

    def _moment(self, day: date, hours: int) -> datetime:
        return min(datetime.combine(day, time(12), UTC) + timedelta(days=1, hours=hours), self.at - timedelta(hours=1))

    def review(self) -> None:
        """A review of each quarter that is over, the last of a plan that goes badly still to be accepted; the next is planned."""
        over = self._over()
        for quarter in over:
            held = quarter_days(self.plan.period_start, quarter)[1] + timedelta(days=18)
            if held >= self.at.date():
                continue
            open_still = quarter == over[-1] and (self.shape.reached or 0) < Decimal("0.8") and self.plan.status is _S.ACTIVE
            self._held(quarter, held, accepted=not open_still)
        upcoming = next((n for n in QUARTERS if quarter_days(self.plan.period_start, n)[1] >= self.at.date()), None)
        if upcoming is not None:
            day = quarter_days(self.plan.period_start, upcoming)[1] + timedelta(days=18)
            planned = datetime.combine(day, time(9), UTC)
            freezes = {"freeze_on": freeze_day(planned, ZONE), "reminded": sum(planned + away <= self.at for away in AROUND)}
            review = Review(quarter=upcoming, planned_at=planned, time_zone=ZONE, place="On video", **freezes, **self.here)
            db.session.add(review)
            db.session.flush()
            self._expect(review, attended=False)

    def _held(self, quarter: int, day: date, *, accepted: bool) -> None:
        numbers = taken(self.objectives, quarter, self.values, self.version, self.plan.currency)
        moment = datetime.combine(day, time(9), UTC)
        yes: dict[str, Any] = {}
        for side, owner in self.owners.items() if accepted else ():
            yes |= {f"accepted_{side.value}_by_id": owner.id, f"accepted_{side.value}_at": moment + timedelta(days=2)}
        review = Review(
            quarter=quarter,
            state=ReviewState.ACCEPTED if accepted else ReviewState.HELD,
            planned_at=moment,
            time_zone=ZONE,
            place="On video",
            held_on=day,
            freeze_on=freeze_day(moment, ZONE),
            frozen_at=moment - timedelta(days=5),
            version_id=self.version.id if self.version is not None else None,
            numbers=numbers.plain(),
            score=numbers.score,
            rag=numbers.rag,
            minutes=plan_texts.REVIEWED,
            minutes_html=to_html(plan_texts.REVIEWED),
            # What is still to be accepted is so for a few days more, whenever the demo is loaded.
            accept_by=moment + ACCEPT_WITHIN if accepted else self.at + timedelta(days=3),
            **yes,
            **self.here,
        )
        db.session.add(review)
        db.session.flush()
        self._expect(review, attended=True)
        self.reviewed = review.id

    def _expect(self, review: Review, *, attended: bool) -> None:
        """The owners and sponsors of both sides."""
        people = usual(self.team.values())
        db.session.add_all(ReviewAttendee(review_id=review.id, member_id=n, attended=attended, **self.here) for n in people)

    def act(self) -> None:
        """Open actions, some late and one blocked, and one that is done."""
        sides = list(self.owners.items())
        for n in range(self.shape.actions + (1 if self.shape.actions else 0)):
            done = n == self.shape.actions
            side, owner = sides[n % 2]
            status = (
                ActionStatus.DONE
                if done
                else ActionStatus.BLOCKED
                if n == 3
                else (ActionStatus.OPEN, ActionStatus.IN_PROGRESS)[n % 2]
            )
            due = (self.at + timedelta(days=(-12, 5, 24, 40)[n % 4])).date()
            db.session.add(
                PlanAction(
                    number=n + 1,
                    text=plan_texts.ACTIONS[(n + self.plan.id) % len(plan_texts.ACTIONS)],
                    accountable_id=owner.id,
                    helper_id=self.owners[side.other].id if n % 3 == 0 else None,
                    due_on=due,
                    status=status,
                    blocked_by=plan_texts.BLOCKED if status is ActionStatus.BLOCKED else "",
                    origin=ActionOrigin.REVIEW if self.reviewed else (ActionOrigin.WORKSHOP, ActionOrigin.PLAN)[n % 2],
                    review_id=self.reviewed,
                    # Its reminders until today are behind it: the demo's worker begins with none.
                    reminded=reminders_behind(due, self.at.date()),
                    evidence="Published on both websites" if done else "",
                    created_by_id=owner.id,
                    created_at=self.at - timedelta(days=30),
                    started_at=self.at - timedelta(days=20) if status is not ActionStatus.OPEN else None,
                    ended_at=self.at - timedelta(days=3) if done else None,
                    **self.here,
                )
            )
        if self.reviewed is not None and self.shape.domain:
            wanted, reason = plan_texts.CHANGE
            asked = {"proposed_by_id": self.team[Side.B, _F.SALES].id, "proposed_at": self.at - timedelta(days=2)}
            db.session.add(ChangeRequest(number=1, items=["objectives"], wanted=wanted, reason=reason, **asked, **self.here))
        if self.shape.domain:
            for side, text in plan_texts.NOTES.items():
                db.session.add(PlanNote(side=side, text=text, member_id=self.owners[side].id, written_at=self.at, **self.here))

    def end(self) -> None:
        """What was learnt, and when it was over."""
        self.plan.completed_at = self._moment(self.plan.period_end, 30 * 24)
        for n, (kind, text) in enumerate(plan_texts.LESSONS):
            side = list(Side)[n % 2]
            lesson = {"kind": LessonKind(kind), "side": side, "text": text, "member_id": self.owners[side].id}
            db.session.add(Lesson(written_at=self.plan.completed_at, **lesson, **self.here))
