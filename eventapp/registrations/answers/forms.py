"""The questions of an event's form as a page asks them: of a person, of a company, of the organizers."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from flask import request, url_for
from werkzeug.datastructures import MultiDict

from eventapp.core.saving import saving
from eventapp.events.models import Event, Mode
from eventapp.partners.models import Organisation
from eventapp.questions import queries as questions
from eventapp.questions.fields import Answers, Offer
from eventapp.questions.models import SILENT, UPLOADS, Kind, Scope, Stage
from eventapp.questions.queries import AskedSection
from eventapp.questions.rules.asked import Asked, Facts, Given
from eventapp.questions.rules.values import AnswerError
from eventapp.registrations.answers import files, queries
from eventapp.registrations.models import Registration, RegistrationStatus

Sent = MultiDict[str, Any] | None


def sent() -> Sent:
    """The fields of this request, if it sends any."""
    return request.form if request.method == "POST" else None


def asks_further() -> bool:
    """Whether a browser without JavaScript only wants to see which questions its answers bring up."""
    return request.method == "POST" and "further" in request.form


def _form(event: Event) -> list[AskedSection]:
    """The event's form; without a query for an event that asks nothing."""
    return questions.form_of(event.id) if event.has_form else []


def sections(
    form: list[AskedSection],
    scopes: Collection[Scope],
    stages: Collection[Stage],
    *,
    special: bool = True,
    without: Collection[Kind] = (),
    door: bool = False,
) -> list[AskedSection]:
    """The part of a form that is asked here; sections that only have headings left are gone."""

    def wanted(question: Asked) -> bool:
        if question.kind in SILENT:
            return True
        if door and not question.at_door:
            return False
        return question.scope in scopes and (special or not question.special) and question.kind not in without

    found = []
    for section in form:
        here = [q for q in section.questions if wanted(q)] if section.stage in stages else []
        if any(q.kind not in SILENT for q in here):
            found.append(AskedSection(section.id, section.stage, section.title, section.help, section.help_html, here))
    return found


def offer(event: Event, company: Organisation | None, asked: Collection[Asked]) -> Offer:
    """What there is to choose from; each list is only read if something asks for it."""
    kinds = {q.kind for q in asked}
    limited = any(option.limit is not None for q in asked for option in q.options)
    return Offer(
        countries=questions.country_names() if Kind.COUNTRY in kinds else {},
        companies=queries.connected(company) if Kind.COMPANY in kinds and company is not None else {},
        pools=questions.option_pools(event.id) if limited else {},
    )


def open_stages(event: Event, at: datetime, *, confirmed: bool) -> list[Stage]:
    """The stages that may be filled in at this moment; the second only by those whose place is confirmed."""
    closing = questions.deadlines(event.id)
    open_ = [stage for stage in Stage if questions.stage_open(event, closing[stage], at)]
    return open_ if confirmed else [stage for stage in open_ if stage is Stage.A]


def of_person(registration: Registration, *, at: datetime, sent: Sent = None, special: bool = True) -> Answers:
    """What a person is asked behind the own link, with what was answered before."""
    event, form = registration.event, _form(registration.event)
    stages = open_stages(event, at, confirmed=registration.status is RegistrationStatus.CONFIRMED) if form else []
    asked = sections(form, (Scope.PERSON,), stages, special=special)
    answers = _of_registration(registration, form, asked, at=at, sent=sent)
    answers.file_url = partial(url_for, "registrations_link.file", token=registration.token)
    return answers


def by_organizer(registration: Registration, *, at: datetime, sent: Sent = None, special: bool = False) -> Answers:
    """Everything about a registration, for organizers: at any time, and also what is frozen."""
    form = _form(registration.event)
    asked = sections(form, (Scope.PERSON, Scope.ORGANIZER), tuple(Stage), special=special)
    answers = _of_registration(registration, form, asked, at=at, sent=sent, may_change_frozen=True, require=False)
    slug, id_ = registration.event.slug, registration.id
    answers.file_url = partial(url_for, "answers_admin.file", slug=slug, registration_id=id_)
    return answers


def _of_registration(
    registration: Registration,
    form: list[AskedSection],
    asked: list[AskedSection],
    *,
    at: datetime,
    sent: Sent,
    may_change_frozen: bool = False,
    require: bool = True,
) -> Answers:
    all_questions = questions.questions_in(form)
    here = questions.questions_in(asked)
    kept = queries.values(queries.of_registration(registration.id)) if here else {}
    ids = {q.id for q in here}
    group = queries.values(queries.of_group(registration.event_id, registration.organisation_id)) if here else {}
    elsewhere = {**group, **{id_: value for id_, value in kept.items() if id_ not in ids}}
    return Answers(
        asked,
        queries.facts_of_registration(all_questions, registration) if here else Facts(),
        now=at,
        formdata=sent,
        kept=kept,
        offer=offer(registration.event, registration.organisation, here),
        context=elsewhere,
        may_change_frozen=may_change_frozen,
        require=require,
        uploads=partial(_upload, registration, at, sent or MultiDict()),
    )


def _upload(registration: Registration, at: datetime, typed: MultiDict[str, Any], question: Asked, name: str, kept: Any) -> Any:
    """A file that is sent is kept at once, in a transaction of its own: a form that is refused must not lose it."""
    if f"{name}-remove" in typed:
        return None
    upload = request.files.get(name)
    if upload is not None and upload.filename:
        with saving():
            pass  # ends the transaction: nobody shall wait for its lock while a picture is drawn
        read = files.read(question, upload)
        with saving() as saved:
            found = files.keep(registration.id, question.id, read, at)
        if saved.error is not None:
            raise AnswerError(saved.error.message)
        return found
    earlier = typed.get(f"{name}-kept", "")
    return files.kept(registration.id, question.id, earlier) if earlier else kept


def asks_group(event: Event) -> bool:
    """Whether a company is asked anything for its group, now or after confirmation."""
    return any(q.scope is Scope.GROUP and q.kind not in SILENT for q in questions.questions_in(_form(event)))


def of_group(event: Event, company: Organisation, *, at: datetime, sent: Sent = None, confirmed: bool = False) -> Answers:
    """What a company is asked once for its group, with what it has answered before."""
    form = _form(event)
    asked = sections(form, (Scope.GROUP,), open_stages(event, at, confirmed=confirmed) if form else [])
    here = questions.questions_in(asked)
    return Answers(
        asked,
        queries.facts_of(here, company),
        now=at,
        formdata=sent,
        kept=queries.values(queries.of_group(event.id, company.id)) if here else {},
        offer=offer(event, company, here),
        prefix="group-",
    )


class NewPeople:
    """What may be answered for people who are being registered. The form is read once for all of them.

    Special-category data and consents are for each person to give: with `by_others` they are not asked. `door`: they
    stand at the door, so only what is shown there is asked.
    """

    def __init__(
        self,
        event: Event,
        company: Organisation | None,
        *,
        at: datetime,
        by_others: bool,
        organizer: bool = False,
        door: bool = False,
    ) -> None:
        form = _form(event)
        scopes = (Scope.PERSON, Scope.ORGANIZER) if organizer else (Scope.PERSON,)
        stages = (Stage.A,) if organizer else open_stages(event, at, confirmed=False) if form else ()
        without = (Kind.CONSENT, Kind.FILE, Kind.PICTURE) if by_others else (Kind.FILE, Kind.PICTURE)
        self.sections = sections(form, scopes, stages, special=not by_others, without=without, door=door)
        self.asked = questions.questions_in(self.sections)
        self.event, self.company, self.at = event, company, at
        # Whoever is registered by others answers what is needed later, behind the own link.
        self.require = not by_others
        self.offer = offer(event, company, self.asked)
        known = company is not None and bool(self.asked)
        self.facts = queries.facts_of(questions.questions_in(form), company) if known and company is not None else Facts()
        self.group = queries.values(queries.of_group(event.id, company.id)) if known and company is not None else {}

    def __bool__(self) -> bool:
        """Whether anything is asked."""
        return bool(self.asked)

    def of(
        self, mode: Mode | str, kind_id: int | str | None, sent: Sent, prefix: str = "", group: Mapping[int, Any] | None = None
    ) -> Answers:
        """The questions for one of them. `group`: what the company has just answered, before it is kept."""
        facts = Facts(self.facts.types, self.facts.tier, str(mode), str(kind_id or ""))
        context = {**self.group, **(group or {})}
        return Answers(
            self.sections,
            facts,
            now=self.at,
            formdata=sent,
            offer=self.offer,
            prefix=prefix,
            context=context,
            require=self.require,
        )


def typed(answers: Answers) -> MultiDict[str, Any]:
    """This request's fields, to be finished later: a file that came with them is named instead of sent."""
    found = MultiDict(request.form)
    for question in answers.questions:
        if question.kind in UPLOADS and (file := answers.file(question)) is not None:
            found.setlist(f"{answers.prefix}q{question.id}-kept", [file["id"]])
    return found


def given(answers: Answers) -> Given | None:
    """What a page took in; none if it asked nothing."""
    if not answers.sent:
        return None
    frozen = set() if answers.may_change_frozen else {q.id for q in answers.questions if q.frozen_at(answers.now)}
    asked = frozenset(q.id for q in answers.questions if not q.silent and q.id not in frozen)
    return Given(answers.values, asked, answers.prefix, answers.may_change_frozen)
