"""The questions on the two pages on which a company registers its people: once for the group, then for each person."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from eventapp.audit.service import Actor
from eventapp.core.forms import Form
from eventapp.events.models import Event
from eventapp.partners.models import Organisation
from eventapp.questions.fields import Answers
from eventapp.registrations.answers import forms, service
from eventapp.registrations.service.attendees import Attendee


class Questions:
    """What is asked on both pages. `each` is empty until it is known who comes."""

    def __init__(self, form: Form, event: Event, company: Organisation, at: datetime, begun: forms.Sent = None) -> None:
        """`begun` is what was typed another time, for the page that is opened."""
        self.form, self.event, self.company, self.at = form, event, company, at
        self.sent = forms.sent() or begun
        self.group = forms.of_group(event, company, at=at, sent=self.sent)
        self.each: list[Answers] = []
        form.parts = [self.group]

    def ask(self, attendees: Sequence[Attendee], keys: Sequence[str]) -> None:
        """Asks about each; `keys` part their fields. Answers from the page before are there again."""
        people = forms.NewPeople(self.event, self.company, at=self.at, by_others=True)
        if people:
            self.each = [
                people.of(attendee.mode, attendee.kind_id, self.sent, f"{key}-", self.group.values)
                for attendee, key in zip(attendees, keys, strict=True)
            ]
            self.form.parts = [self.group, *self.each]

    def good(self) -> bool:
        """Whether what was answered about each can be kept."""
        results = [answers.validate() for answers in self.each]
        return all(results)

    def answered(self, attendees: Sequence[Attendee]) -> list[Attendee]:
        """The attendees with their answers."""
        if not self.each:
            return list(attendees)
        return [replace(a, answers=forms.given(e)) for a, e in zip(attendees, self.each, strict=True)]

    def store_group(self, *, by: Actor) -> None:
        """Keeps what the company has answered for its group."""
        given = forms.given(self.group)
        if given is not None:
            service.store_group(self.event, self.company, given, by=by, at=self.at)

    @property
    def troubled(self) -> bool:
        """Whether the page about each person has something to mend."""
        return any(answers.problems for answers in self.each)

    @property
    def conditional(self) -> bool:
        """Whether some questions depend on others."""
        return self.group.conditional or any(answers.conditional for answers in self.each)

    @property
    def kept_on(self) -> list[tuple[str, str]]:
        """What was answered about colleagues on page two, for the way back to page one."""
        pairs = self.sent.items(multi=True) if self.sent is not None else ()
        return [(name, value) for name, value in pairs if name[:1] == "c" and name[1:].partition("-")[0].isdigit()]
