"""The room of a workshop with twenty people: each asks every second whether anything is new, looks when it is, and writes.

Half of them are the vendor's, half the partner's. Pairs of them edit the same risk in different fields, all
add rows to the SWOT and vote. What the server has said yes to must be there afterwards, and everybody must have seen it.
"""

import re
import statistics
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import select

from bench import data
from bench.databases import Database
from bench.figures import Figure
from bench.load import Answer, Connection, Server, request
from bench.measures import Bench
from eventapp import create_app
from eventapp.accounts.models import Grant, Role, User, UserSession
from eventapp.accounts.service.sessions import hash_of
from eventapp.audit.service import NamedActor
from eventapp.core.db import db, transaction
from eventapp.partners.models import Membership, MembershipState, Organisation, Person
from eventapp.plans import queries
from eventapp.plans.content import editing
from eventapp.plans.founding import service as founding
from eventapp.plans.models import (
    MemberFunction,
    Plan,
    PlanKind,
    PlanMember,
    PlanRisk,
    PlanStatus,
    PlanTemplate,
    Quadrant,
    Side,
    SlotState,
    SwotItem,
    Workshop,
    WorkshopSlot,
    WorkshopState,
)
from eventapp.plans.permissions import Standing
from eventapp.plans.room.service import attending, running
from eventapp.plans.teams import service as teams
from eventapp.plans.teams.service import Candidate
from eventapp.plans.workshop.agenda.standard import add_standard

BENCH = NamedActor("bench")
PEOPLE, SECONDS, EVERY, WRITES_EVERY = 20, 20, 1.0, 4.0
FIELDS = ("text", "mitigation")
SEEN = re.compile(rb"Seen-\d+-\d+")
# Everybody who may write in the SWOT and about risks: sponsors only read them, technical leads belong to an alliance.
FUNCTIONS = [one for one in MemberFunction if one not in (MemberFunction.EXEC_SPONSOR, MemberFunction.TECHNICAL_LEAD)]


def room(bench: Bench) -> Iterator[Figure]:
    """How long the pulse and saving take, whether anything is lost, and when everybody has seen it."""
    seconds = SECONDS if bench.sizes.rounds > 1 else 4
    database = bench.engine.new("room")
    data.generate(database, companies=20, people=20 * (PEOPLE // 2 + 1), registrations=0)
    made = fill(database)
    with Server("wsgi:app", database.environ()) as ours:
        people = [Somebody(n, made, ours.port, time.perf_counter() + 1, seconds) for n in range(PEOPLE)]
        threads = [threading.Thread(target=one.run, daemon=True) for one in people]
        before = ours.cpu_seconds()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        cpu = ours.cpu_seconds() - before
    for one in people:
        if one.error is not None:
            raise one.error
    pulses = [took for one in people for took in one.pulses]
    saves = [took for one in people for took in one.saves]
    looks = [took for one in people for took in one.looks]
    everybody = seen_by_all(people)
    lost = missing(database, people)
    for line in lost:
        bench.say(f"  lost: {line}")
    name = f"room with {PEOPLE} people editing"
    note = f"{seconds} s, a pulse each second, a change every {WRITES_EVERY:g} s from each: {len(saves)} changes"
    yield Figure(
        f"{name}, p95 of the pulse", bench.kind, _p95(pulses), "ms", at_most=200, note=f"{len(pulses):,} of them; {note}"
    )
    yield Figure(f"{name}, median of the pulse", bench.kind, 1000 * statistics.median(pulses), "ms", note=note)
    yield Figure(f"{name}, p95 of saving", bench.kind, _p95(saves), "ms", at_most=500, note=note)
    yield Figure(f"{name}, p95 of looking anew", bench.kind, _p95(looks), "ms", note=f"{len(looks):,} pages; {note}")
    yield Figure(f"{name}, changes lost", bench.kind, len(lost), "", at_most=0, note="of those that the server has taken in")
    yield Figure(f"{name}, everybody sees it, median", bench.kind, statistics.median(everybody), "s", at_most=2, note=note)
    yield Figure(f"{name}, everybody sees it, p95", bench.kind, _p95(everybody) / 1000, "s", at_most=2, note="the last of all")
    share = 100 * cpu / seconds
    yield Figure(f"{name}, processor", bench.kind, share, "%", note="of one core, both workers together; " + note)


def _p95(seconds: Sequence[float]) -> float:
    """Milliseconds."""
    return statistics.quantiles(seconds, n=20)[-1] * 1000


@dataclass
class Made:
    """What people in the room need: the plan's code, their cookies, and the risk that each of them edits."""

    code: str
    cookies: list[str]
    rows: list[int]


@dataclass
class Somebody:
    """One person in the room with a connection of their own."""

    number: int
    made: Made
    port: int
    begins: float
    seconds: float
    pulses: list[float] = field(default_factory=list)
    saves: list[float] = field(default_factory=list)
    looks: list[float] = field(default_factory=list)
    said: dict[bytes, float] = field(default_factory=dict)
    seen: dict[bytes, float] = field(default_factory=dict)
    wrote: str = ""
    error: BaseException | None = None

    def run(self) -> None:
        """Asks each second until the time is over, and writes in between; then looks until nothing is new any more."""
        try:
            with closing(Connection(self.port)) as self.connection:
                self._begin()
                self._go_on()
        except BaseException as error:  # told by the thread that waits for this one
            self.error = error

    def _begin(self) -> None:
        self.cookie, self.etag, self.state = self.made.cookies[self.number], "", ""
        self.swot = f"/plans/{self.made.code}/workshop/room/swot"
        page = self._get(self.swot).body.decode()
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found is not None
        self.token = found[1]

    def _go_on(self) -> None:
        next_pulse = self.begins + self.number / PEOPLE * EVERY
        next_write = self.begins + (self.number % PEOPLE) / PEOPLE * WRITES_EVERY
        writes, ends = 0, self.begins + self.seconds
        while (now := time.perf_counter()) < ends + 3:
            if now >= next_pulse:
                self._pulse()
                next_pulse = max(next_pulse + EVERY, time.perf_counter())
            elif now >= next_write and now < ends:
                (self._say, self._edit, self._vote)[(writes + self.number) % 3](writes)
                writes, next_write = writes + 1, next_write + WRITES_EVERY
            else:
                time.sleep(max(0.0, min(next_pulse, next_write if now < ends else next_pulse) - time.perf_counter()))

    def _get(self, path: str, **headers: str) -> Answer:
        sent = request(path, cookie=self.cookie)
        for name, value in headers.items():
            sent = sent.replace(b"\r\n\r\n", f"\r\n{name.replace('_', '-')}: {value}\r\n\r\n".encode())
        answer = self.connection.send(sent)
        assert answer.status in (200, 304), (path, answer.status)
        self.cookie = answer.header("Set-Cookie").partition(";")[0] or self.cookie
        return answer

    def _post(self, path: str, form: Mapping[str, str]) -> Answer:
        sent = request(path, cookie=self.cookie, form={"csrf_token": self.token, **form})
        began = time.perf_counter()
        answer = self.connection.send(sent)
        self.saves.append(time.perf_counter() - began)
        self.cookie = answer.header("Set-Cookie").partition(";")[0] or self.cookie
        return answer

    def _pulse(self) -> None:
        began = time.perf_counter()
        answer = self._get(f"/plans/{self.made.code}/workshop/pulse", **({"If_None_Match": self.etag} if self.etag else {}))
        self.pulses.append(time.perf_counter() - began)
        if answer.status == 304:
            return
        self.etag = answer.header("ETag")
        found = re.search(rb'"state":\s*"([^"]*)"', answer.body)
        assert found is not None
        if found[1].decode() != self.state:
            self.state = found[1].decode()
            began = time.perf_counter()
            page = self._get(self.swot, X_Live="look").body
            now = time.perf_counter()
            self.looks.append(now - began)
            for text in SEEN.findall(page):
                self.seen.setdefault(text, now)

    def _say(self, n: int) -> None:
        text = f"Seen-{self.number}-{n}"
        began = time.perf_counter()
        quadrant = list(Quadrant)[n % 4].value
        answer = self._post(f"{self.swot}/add", {"quadrant": quadrant, "text": text})
        assert answer.status == 302, answer.status
        self.said[text.encode()] = began

    def _vote(self, n: int) -> None:
        rows = re.findall(r"/swot/(\d+)/vote", self._get(self.swot, X_Live="look").body.decode())
        if rows:
            answer = self._post(f"{self.swot}/{rows[(self.number + n) % len(rows)]}/vote", {})
            assert answer.status == 302, answer.status

    def _edit(self, n: int) -> None:
        """Changes the own field of a row that somebody else edits at the same time; a conflict is sent again, as people do."""
        path = f"/plans/{self.made.code}/sections/risks/{self.made.rows[self.number]}"
        typed = f"By {self.number}, {n}"
        fields = fields_of(self._get(path).body.decode())
        for _try in range(5):
            answer = self._post(path, {**fields, FIELDS[self.number % 2]: typed})
            if answer.status == 302:
                self.wrote = typed
                return
            assert answer.status == 409, answer.status
            fields = fields_of(answer.body.decode())
        raise AssertionError("five conflicts in a row")


def fields_of(html: str) -> dict[str, str]:
    """The fields of the page's form as a browser would send them."""
    form = html.partition('<form method="post" action="/plans')[2].partition("</form>")[0]
    found = {unescape(n): unescape(v) for n, v in re.findall(r'<input[^>]*? name="([^"]+)"[^>]*? value="([^"]*)"', form)}
    texts = re.findall(r'<textarea[^>]*? name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL)
    found |= {name: unescape(body).strip() for name, body in texts}
    for name, body in re.findall(r'<select[^>]*? name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option selected[^>]*? value="([^"]*)"|<option[^>]*? value="([^"]*)"[^>]*? selected', body)
        found[name] = unescape(chosen[1] or chosen[2] or "") if chosen else ""
    return found


def seen_by_all(people: Sequence[Somebody]) -> list[float]:
    """Of each row of the SWOT: how long after it was sent the last person saw it, in seconds."""
    found = []
    for writer in people:
        for text, sent in writer.said.items():
            moments = [one.seen.get(text) for one in people]
            assert None not in moments, f"{text!r} was not seen by everybody"
            found.append(max(moment for moment in moments if moment is not None) - sent)
    return found


def missing(database: Database, people: Sequence[Somebody]) -> list[str]:
    """What the server has taken in and is not there, in words."""
    app = create_app(database.settings())
    with app.app_context():
        texts = set(db.session.scalars(select(SwotItem.text)))
        rows = {one.id: one for one in db.session.scalars(select(PlanRisk))}
        lost = [text.decode() for one in people for text in one.said if text.decode() not in texts]
        for one in people:
            there = getattr(rows[one.made.rows[one.number]], FIELDS[one.number % 2])
            if one.wrote and there != one.wrote:
                lost.append(f"{one.wrote!r}: {there!r} stands there")
        db.session.remove()
    return lost


def fill(database: Database) -> Made:
    """A workshop under way with ten people of each side, all of them in the room, and a risk for each two of them."""
    app = create_app(database.settings())
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    at = datetime.now(UTC)
    with app.app_context():
        with transaction():
            company = db.session.scalars(select(Organisation).order_by(Organisation.id).limit(1)).one()
            sides = {side: [_login(side, n, company, at) for n in range(PEOPLE // 2)] for side in Side}
            plan = _plan(company, {side: who[0][1] for side, who in sides.items()}, at)
            for _side, who in sides.items():
                for (_user, candidate), function in zip(who[1:], _others(), strict=True):
                    teams.join(plan, candidate, function, by=BENCH, at=at)
            rows = _meet(plan, at)
            keys = [user.fs_uniquifier for who in zip(*sides.values(), strict=True) for user, _candidate in who]
        code = plan.code
        db.session.remove()
    name = app.config["SESSION_COOKIE_NAME"]
    cookies = [f"{name}={serializer.dumps({'_user_id': key, '_fresh': True, 'key': key})}" for key in keys]
    return Made(code, cookies, [rows[n // 2] for n in range(PEOPLE)])


def _others() -> list[MemberFunction]:
    rest = [one for one in FUNCTIONS if one is not MemberFunction.OWNER]
    return rest[: PEOPLE // 2 - 1]


def _login(side: Side, number: int, company: Organisation, at: datetime) -> tuple[User, Candidate]:
    key = f"room-{side.value}-{number}"
    user = User(email=f"{key}@bench.example", name=f"Person {key}", active=True, fs_uniquifier=key, created_at=at, verified_at=at)
    db.session.add(user)
    db.session.flush()
    db.session.add(UserSession(user_id=user.id, key_hash=hash_of(key), methods="password", created_at=at, seen_at=at))
    if side is Side.A:
        db.session.add(Grant(user_id=user.id, role=Role.PARTNER_MANAGER, granted_at=at, granted_by="bench"))
        db.session.flush()
        return user, Candidate(user.name, user_id=user.id)
    person = db.session.scalars(select(Person).where(Person.id == _without_login(company)[0])).one()
    person.user_id = user.id
    db.session.flush()
    return user, Candidate(person.full_name, person_id=person.id)


def _without_login(company: Organisation) -> Sequence[int]:
    """Who belongs to the company and has no login yet."""
    query = select(Person.id).join(Membership, Membership.person_id == Person.id)
    query = query.where(Membership.organisation_id == company.id, Membership.state == MembershipState.ACTIVE)
    return db.session.scalars(query.where(Person.user_id.is_(None)).order_by(Person.id)).all()


def _plan(company: Organisation, owners: Mapping[Side, Candidate], at: datetime) -> Plan:
    template = db.session.scalars(select(PlanTemplate).where(PlanTemplate.kind == PlanKind.PARTNER)).one()
    start = date(at.year + 1, 1, 1)
    facts = founding.PlanDetails(
        title="Joint plan", period_start=start, period_end=date(at.year + 1, 12, 31), fiscal_start=1, currency="EUR"
    )
    return founding.create(template, company, facts, owner_a=owners[Side.A], owner_b=owners[Side.B], by=BENCH, at=at)


def _meet(plan: Plan, at: datetime) -> list[int]:
    """The workshop under way with everybody in it, and the risks."""
    members: Sequence[PlanMember] = queries.team(plan)
    owner = next(one for one in members if one.function is MemberFunction.OWNER)
    section = queries.section(plan, "risks")
    rows = [_risk(plan, section, n, owner, at) for n in range(PEOPLE // 2)]
    plan.status = PlanStatus.WORKSHOP
    workshop = Workshop(plan_id=plan.id, state=WorkshopState.DATED, time_zone="Europe/Vienna")
    db.session.add(workshop)
    db.session.flush()
    add_standard(plan, workshop)
    slot = {"workshop_id": workshop.id, "plan_id": plan.id, "state": SlotState.CONFIRMED, "proposed_at": at}
    db.session.add(WorkshopSlot(starts_at=at, ends_at=at + timedelta(hours=8), **slot))
    db.session.flush()
    for one in members:
        attending.arrive(plan, one, at=at)
    # Without the sponsors, who only read, there is no quorum.
    running.start(plan, informal=True, by=BENCH, at=at)
    return rows


def _risk(plan: Plan, section: Any, n: int, owner: PlanMember, at: datetime) -> int:
    typed = {"text": f"Risk {n}", "probability": 2, "impact": 3, "mitigation": ""}
    return editing.add(plan, section, PlanRisk, typed, standing=Standing(owner), by=BENCH, at=at).id
