"""A version of a plan as a PDF. Everything that was signed stands in it, and nothing that was written since.

The plan's title is not signed and may be another one today, so the document is headed by the code alone.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from eventapp.core.i18n import _, _l
from eventapp.core.links import site_name
from eventapp.core.markdown import tree
from eventapp.core.pdf import typeset, unprintable
from eventapp.core.times import day_text
from eventapp.plans.documents.rows import Column, Values, cards, head, table
from eventapp.plans.documents.texts import prepared, texts
from eventapp.plans.forms import MONTHS
from eventapp.plans.models import (
    KIND_LABELS,
    PLAN_FUNCTION_LABELS,
    SIGNATURE_STATE_LABELS,
    VERSION_STATE_LABELS,
    MemberFunction,
    PlanKind,
    PlanSignature,
    PlanVersion,
    SectionKind,
    Side,
    SignatureState,
    VersionState,
)
from eventapp.plans.signing.reading import Words
from eventapp.plans.signing.rules import Signer
from eventapp.plans.signing.service import STATEMENT

TEAM = (
    Column(_l("Name"), (), 4),
    Column(_l("Side"), (), 4),
    Column(_l("Function"), (), 3),
    Column(_l("Signs"), ()),
)
SIGNATURES = (
    Column(_l("Name"), (), 3.4),
    Column(_l("Function"), (), 2.6),
    Column(_l("Name as typed"), (), 3),
    Column(_l("Time (UTC)"), (), 2.6),
    Column(_l("State"), (), 2.4),
)
# So many characters that cannot be printed are named.
MOST_NAMED = 60


class Frozen(NamedTuple):
    """What is drawn: a version, its content as the reader may see it, whether that is all of it, and who has signed."""

    version: PlanVersion
    content: Mapping[str, Any]
    whole: bool
    required: Sequence[Signer]
    signatures: Sequence[PlanSignature]
    events: Mapping[int, str]


def version_pdf(frozen: Frozen, words: Words) -> bytes:
    """The PDF, tagged for screen readers."""
    return typeset("plan.typ", data_of(frozen, words))


def data_of(frozen: Frozen, words: Words) -> dict[str, Any]:
    """What the document shows."""
    content, version = frozen.content, frozen.version
    initiatives = {
        row["id"]: row["name"] for one in content["sections"] if one["kind"] == SectionKind.INITIATIVES for row in one["rows"]
    }
    values = Values(words, content["currency"], frozen.events, initiatives)
    data: dict[str, Any] = {
        "lang": "en",
        "site": site_name(),
        "kind": str(KIND_LABELS[PlanKind(content["kind"])]),
        "code": content["code"],
        "stamp": "" if version.state is VersionState.IN_FORCE else str(VERSION_STATE_LABELS[version.state]),
        "sides": [_side(side, content, words) for side in Side],
        "facts": _facts(frozen),
        "summary_title": _("Executive summary"),
        "summary": content["summary"].splitlines(),
        "sections": [_section(one, values) for one in content["sections"]],
        "team_title": _("Teams of this version"),
        "team": _team(content, words),
        "delegations": [_delegation(one, words) for one in content["delegations"]],
        "small_partner": _("Fewer signatures are enough for the partner: %(reason)s", reason=content["small_partner"])
        if content["small_partner"]
        else "",
        "signatures_title": _("Signatures"),
        "statement": _("Whoever signs has confirmed: “%(statement)s”", statement=STATEMENT),
        "signatures": [_signatures(side, frozen, words) for side in Side],
        "verify": _(
            "The hash is SHA-256 over the content of this version as canonical JSON. The same page as this document gives that"
            " file out; “sha256sum” on it shows the hash."
        ),
        "foot": _("%(code)s · Version %(number)s", code=content["code"], number=version.number),
        "page": _("Page"),
        "hash_label": _("SHA-256"),
        "hash": version.content_hash,
    }
    gone = sorted(unprintable(texts(data)))
    data["notes"] = _notes(frozen, gone)
    return prepared(data, gone)


def _notes(frozen: Frozen, gone: Sequence[str]) -> list[str]:
    found = []
    if not frozen.whole:
        found.append(_("This copy leaves out confidential accounts. The hash is that of the whole version."))
    if gone:
        named = " ".join(f"U+{ord(one):04X}" for one in gone[:MOST_NAMED])
        more = "…" if len(gone) > MOST_NAMED else ""
        text = _("No font at hand prints these characters, so there are boxes in their place: %(names)s", names=named + more)
        found.append(text)
    return found


def _side(side: Side, content: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """A side on the cover: its name, and who leads the plan there."""
    first = (MemberFunction.EXEC_SPONSOR, MemberFunction.OWNER)
    leading = sorted(
        (first.index(MemberFunction(one["function"])), words.name(one["member"]))
        for one in content["team"]
        if one["side"] == side and one["function"] in first
    )
    people = [f"{PLAN_FUNCTION_LABELS[first[n]]}: {name}" for n, name in leading]
    return {"label": _("Between") if side is Side.A else _("and"), "name": words.names[side], "people": people}


def _facts(frozen: Frozen) -> list[tuple[str, str]]:
    content, version = frozen.content, frozen.version
    start, end = (day_text(date.fromisoformat(content[name])) for name in ("period_start", "period_end"))
    found = [
        (_("Period"), _("%(start)s to %(end)s", start=start, end=end)),
        (_("Currency"), content["currency"]),
        (_("The fiscal year begins in"), str(MONTHS[content["fiscal_start"] - 1])),
        (_("Version"), version.number),
        (_("Frozen (UTC)"), f"{version.created_at:%Y-%m-%d %H:%M}"),
        (_("State"), str(VERSION_STATE_LABELS[version.state])),
    ]
    if version.state is VersionState.IN_FORCE and version.closed_at is not None:
        found.append((_("In force since (UTC)"), f"{version.closed_at:%Y-%m-%d %H:%M}"))
    return found


def _section(one: Mapping[str, Any], values: Values) -> dict[str, Any]:
    kind, rows, text = SectionKind(one["kind"]), one.get("rows", []), one.get("text", "")
    objectives = kind is SectionKind.OBJECTIVES
    return {
        "title": one["title"],
        "text": tree(text),
        "empty": "" if rows or text else _("Nothing stands here."),
        "cards": cards(rows, values) if objectives else [],
        "table": table(kind, rows, values) if rows and not objectives else {"columns": [], "rows": []},
    }


def _cells(*found: str, sub: Sequence[str] = (), last: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Cells of a row; `sub` stands below the first, `last` below the last one."""
    cells = [{"text": text, "sub": []} for text in found]
    cells[0]["sub"], cells[-1]["sub"] = list(sub), list(last)
    return cells


def _team(content: Mapping[str, Any], words: Words) -> dict[str, Any]:
    order = [side.value for side in Side]
    rows = [
        _cells(name, side, function, _("yes") if signs else "–")
        for _place, (side, name, function, signs) in sorted(
            zip([order.index(one["side"]) for one in content["team"]], words.team(content), strict=True), key=lambda one: one[0]
        )
    ]
    return {"columns": [head(column) for column in TEAM], "rows": rows}


def _delegation(one: Mapping[str, Any], words: Words) -> str:
    names = {"sponsor": words.name(one["sponsor"]), "delegate": words.name(one["delegate"])}
    return _("%(sponsor)s lets %(delegate)s sign: “%(text)s”", text=one["text"], **names)


def _signatures(side: Side, frozen: Frozen, words: Words) -> dict[str, Any]:
    """Who of a side has signed, declined or taken it back, in that order of time, and who has not signed."""
    rows = []
    for one in frozen.signatures:
        if one.side is side:
            time = f"{one.signed_at:%Y-%m-%d %H:%M:%S}"
            state = str(SIGNATURE_STATE_LABELS[one.state])
            function = str(PLAN_FUNCTION_LABELS[one.function])
            reason = [one.reason] if one.reason else []
            cells = (words.name(one.member_id), function, one.typed_name, time, state)
            rows.append(_cells(*cells, sub=_instead(one.for_sponsor_id, words), last=reason))
    given = {one.member_id for one in frozen.signatures if one.state is not SignatureState.WITHDRAWN}
    for signer in frozen.required:
        member = signer.member
        if member.side is side and member.id not in given:
            function = str(PLAN_FUNCTION_LABELS[member.function])
            rows.append(_cells(member.name, function, "", "", _("Not signed"), sub=_instead(signer.for_sponsor, words)))
    return {
        "name": words.names[side],
        "table": {"columns": [head(column) for column in SIGNATURES], "rows": rows},
        "empty": _("Nobody has to sign."),
    }


def _instead(sponsor_id: int | None, words: Words) -> list[str]:
    return [_("for %(name)s, by delegation", name=words.name(sponsor_id))] if sponsor_id is not None else []
