"""Forms of the call for sessions."""

from collections.abc import Sequence
from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, FieldList, FormField, HiddenField, IntegerField, RadioField, SelectField
from wtforms import Form as PlainForm
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, NumberRange

from eventapp.agenda.calls.models import CallCriterion, ProposalSpeaker, ProposalState, SessionCall, SessionProposal
from eventapp.agenda.calls.rules import BEST
from eventapp.agenda.calls.service import MOST_SPEAKERS, CallDetails, ProposalDetails, Speaking
from eventapp.agenda.models import SessionType, Track
from eventapp.core.forms import AddressField, Form, LineField, OptionalInput, TextField, required
from eventapp.core.i18n import _, _l
from eventapp.events.moments import LocalMoment, MomentsForm, moment_values, which_field

MARKDOWN = _l("Markdown: **bold**, lists, links.")


class CallForm(MomentsForm):
    """When partners may propose, and what they are told."""

    moment_names = ("opens_at", "closes_at")

    version = HiddenField(default="0")
    text = TextField(_l("What you look for"), length=10_000, render_kw={"rows": 8}, description=MARKDOWN)
    opens_at = LocalMoment(_l("Opens"), [InputRequired(_l("Say when it opens."))])
    opens_at_fold = which_field()
    closes_at = LocalMoment(_l("Closes"), [InputRequired(_l("Say when it closes."))])
    closes_at_fold = which_field()
    blind = BooleanField(_l("Reviewers see neither company nor speakers until it is decided"))

    def validate(self, extra_validators: Any = None) -> bool:
        """It must close after it opens."""
        valid = super().validate(extra_validators)
        opens, closes = self.moments.get("opens_at"), self.moments.get("closes_at")
        if opens and closes and closes <= opens:
            self.closes_at.errors = [*self.closes_at.errors, _("The call must close after it opens.")]
            valid = False
        return valid

    def details(self) -> CallDetails:
        """The checked input, times in UTC."""
        opens, closes = self.moments["opens_at"], self.moments["closes_at"]
        assert opens is not None
        assert closes is not None
        return CallDetails(self.text.data or "", opens, closes, self.blind.data)


def call_values(call: SessionCall, zone: str) -> dict[str, Any]:
    """A call as the form shows it."""
    values: dict[str, Any] = {"version": str(call.version), "text": call.text, "blind": call.blind}
    return values | moment_values("opens_at", call.opens_at, zone) | moment_values("closes_at", call.closes_at, zone)


class CriterionForm(Form):
    """Something to score."""

    name = LineField(_l("What is scored"), [required(_l("Say what, like Use for partners."))], length=80)
    weight = IntegerField(
        _l("Weight"), [InputRequired(_l("Enter a number.")), NumberRange(1, 100, _l("A number from 1 to 100."))], default=1
    )


class SpeakingForm(PlainForm):
    """Somebody who would speak."""

    name = LineField(_l("Name"), length=150)
    address = AddressField(_l("E-mail"))
    biography = TextField(_l("Biography"), length=2000, render_kw={"rows": 3})


class ProposalForm(Form):
    """A session that a company proposes."""

    version = HiddenField(default="0")
    title = LineField(_l("Title"), [required(_l("Give it a title."))], length=200)
    abstract = TextField(
        _l("Abstract"), [required(_l("Say what it is about."))], length=5000, render_kw={"rows": 8}, description=MARKDOWN
    )
    language = LineField(_l("Language"), length=20, default="en", description=_l("Its code, like en or de."))
    type = SelectField(_l("Type"), [OptionalInput()])
    track = SelectField(_l("Track"), [OptionalInput()])
    speakers = FieldList(FormField(SpeakingForm), min_entries=MOST_SPEAKERS, max_entries=MOST_SPEAKERS)
    notes = TextField(_l("For the reviewers"), length=1000, render_kw={"rows": 3}, description=_l("Not published."))

    def offer(self, types: Sequence[SessionType], tracks: Sequence[Track]) -> "ProposalForm":
        """Offers the event's types but for breaks, and its tracks."""
        none = SelectChoice("", _("No preference"))
        self.type.choices = [none, *(SelectChoice(str(t.id), t.name) for t in types if not t.is_break)]
        self.track.choices = [none, *(SelectChoice(str(t.id), t.name) for t in tracks)]
        return self

    def validate(self, extra_validators: Any = None) -> bool:
        """At least one speaker; each has a name and an address of their own."""
        valid = bool(super().validate(extra_validators))
        rows = [row.form for row in self.speakers if row.form.name.data or row.form.address.data or row.form.biography.data]
        if not rows:
            rows = [self.speakers[0].form]
        seen: set[str] = set()
        for row in rows:
            if not row.name.data and not row.name.errors:
                row.name.errors = [_("Enter a name.")]
                valid = False
            if not row.address.errors and (not row.address.data or row.address.data in seen):
                twice = bool(row.address.data)
                row.address.errors = [_("This address stands twice.") if twice else _("Enter an e-mail like name@company.com.")]
                valid = False
            seen.add(row.address.data or "")
        return valid

    def details(self) -> ProposalDetails:
        """The checked input."""
        return ProposalDetails(
            title=self.title.data,
            abstract=self.abstract.data or "",
            language=self.language.data or "en",
            type_id=int(self.type.data) if self.type.data else None,
            track_id=int(self.track.data) if self.track.data else None,
            notes=self.notes.data or "",
            speakers=[
                Speaking(row.form.name.data, row.form.address.data, row.form.biography.data or "")
                for row in self.speakers
                if row.form.name.data
            ],
        )


def proposal_values(proposal: SessionProposal, speakers: Sequence[ProposalSpeaker]) -> dict[str, Any]:
    """A proposal as the form shows it."""
    values: dict[str, Any] = {name: getattr(proposal, name) for name in ("title", "abstract", "language", "notes")}
    rows = [{"name": s.name, "address": s.address, "biography": s.biography} for s in speakers]
    return values | {
        "version": str(proposal.version),
        "type": str(proposal.type_id or ""),
        "track": str(proposal.track_id or ""),
        "speakers": rows,
    }


class ReviewForm(Form):
    """One's own scores; a field for each criterion is added by `review_form`."""

    remark = TextField(_l("Remark"), length=1000, render_kw={"rows": 3}, description=_l("For reviewers only."))
    fields_of: tuple[tuple[int, str], ...] = ()

    def scores(self) -> dict[int, int]:
        """The scores that were given, by criterion."""
        return {id_: int(self[name].data) for id_, name in self.fields_of if self[name].data}


def review_form(criteria: Sequence[CallCriterion], data: dict[str, Any] | None = None) -> ReviewForm:
    """A form with a row of 0 to 5 for each criterion."""
    names = tuple((one.id, f"score_{one.id}") for one in criteria)
    choices = [SelectChoice(str(n), str(n)) for n in range(BEST + 1)]
    rows: dict[str, Any] = {
        f"score_{one.id}": RadioField(one.name, [OptionalInput()], choices=choices, validate_choice=True) for one in criteria
    }
    made: ReviewForm = type("ScoresForm", (ReviewForm,), {**rows, "fields_of": names})(data=data)
    return made


class DecideForm(Form):
    """What becomes of the ticked proposals."""

    decision = RadioField(
        _l("Decision"),
        [InputRequired(_l("Choose one."))],
        choices=[
            SelectChoice(ProposalState.ACCEPTED.value, _l("Accept: becomes a tentative session, its speakers are asked")),
            SelectChoice(ProposalState.RESERVE.value, _l("Put on the reserve list")),
            SelectChoice(ProposalState.DECLINED.value, _l("Decline")),
        ],
    )
    note = TextField(_l("Reason"), length=500, render_kw={"rows": 3}, description=_l("Stands in the mail to the company."))


class AboutMeForm(Form):
    """What the agenda says about a speaker, changed by themselves."""

    version = HiddenField(default="0")
    job_title = LineField(_l("Job title"), length=150)
    biography = TextField(_l("Biography"), length=5000, render_kw={"rows": 6}, description=MARKDOWN)
    picture = FileField(_l("Picture"), description=_l("JPEG, PNG, WebP or GIF. We draw it anew, without what phones hide in it."))
