"""Who has to sign, and what differs between two versions. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from eventapp.core.i18n import _
from eventapp.plans.models import MemberFunction, PlanDelegation, PlanMember, PlanSignature, Side, SignatureState

FEWEST_SIGNERS, FEWEST_OF_SMALL = 3, 2
LASTS = timedelta(days=14)
REMINDERS = (timedelta(days=3), timedelta(days=7), timedelta(days=12))


class Signer(NamedTuple):
    """Somebody who has to sign; for which sponsor, if by delegation."""

    member: PlanMember
    for_sponsor: int | None = None


def signers(team: Sequence[PlanMember], delegations: Sequence[PlanDelegation], side: Side) -> list[Signer]:
    """Whose signatures a side needs: its signatories, and for a sponsor who has delegated it the delegate."""
    signatories = [one for one in team if one.side is side and one.signatory]
    return _signers(signatories, {one.id: one for one in team}, {one.sponsor_id: one.delegate_id for one in delegations})


def frozen_signers(content: Mapping[str, Any], everybody: Mapping[int, PlanMember]) -> list[Signer]:
    """Whose signatures a frozen content needs, of both sides, whatever has become of the teams since. By their numbers."""
    team = {one["member"]: everybody[one["member"]] for one in content["team"]}
    signatories = [team[one["member"]] for one in content["team"] if one["signatory"]]
    return _signers(signatories, team, {one["sponsor"]: one["delegate"] for one in content["delegations"]})


def _signers(signatories: Iterable[PlanMember], people: Mapping[int, PlanMember], instead: Mapping[int, int]) -> list[Signer]:
    found: dict[int, Signer] = {}
    for one in signatories:
        delegate = people.get(instead.get(one.id, 0))
        if delegate is not None:
            found[delegate.id] = Signer(delegate, one.id)
        else:
            found.setdefault(one.id, Signer(one))
    return list(found.values())


def signer_problems(found: Sequence[Signer], *, small: bool) -> list[str]:
    """Why these people of a side are not enough, in words. `small`: the recorded exception for small partners."""
    least = FEWEST_OF_SMALL if small else FEWEST_SIGNERS
    problems = []
    if len(found) < least:
        text = _("%(number)s people sign; at least %(least)s have to.", number=len(found), least=least)
        problems.append(text)
    functions = {one.member.function for one in found}
    if MemberFunction.OWNER not in functions:
        problems.append(_("The plan owner is missing."))
    sponsor = MemberFunction.EXEC_SPONSOR in functions or any(one.for_sponsor is not None for one in found)
    if not small and not sponsor:
        problems.append(_("The executive sponsor is missing."))
    return problems


def complete(required: Sequence[Signer], signatures: Sequence[PlanSignature], content_hash: str) -> bool:
    """Whether everybody who has to has signed that very hash."""
    valid = {one.member_id for one in signatures if one.state is SignatureState.VALID and one.content_hash == content_hash}
    return bool(required) and all(one.member.id in valid for one in required)


class Line(NamedTuple):
    """Somebody who has to sign a version, and what they did; no signature: nothing yet."""

    signer: Signer
    signature: PlanSignature | None


def lines_of(required: Sequence[Signer], signatures: Sequence[PlanSignature]) -> list[Line]:
    """Everybody who has to sign a version, by side and function, with what is the latest of their signatures of it."""
    latest = {one.member_id: one for one in sorted(signatures, key=lambda one: (one.signed_at, one.id))}
    order = {function: n for n, function in enumerate(MemberFunction)}
    by_side = sorted(required, key=lambda one: (one.member.side, order[one.member.function]))
    return [Line(one, latest.get(one.member.id)) for one in by_side]


def same_name(typed: str, name: str) -> bool:
    """Whether somebody typed their own name, whatever its case and blanks."""
    return " ".join(typed.split()).casefold() == " ".join(name.split()).casefold()


class Change(NamedTuple):
    """A cell that differs: in which section, of which row (none: of the section or the plan), which field, old and new."""

    section: str
    row_id: int | None
    field: str
    old: Any
    new: Any


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """What differs between two contents, cell by cell; a row that came or went differs in each of its cells."""
    found = list(_cells("", None, _facts(old), _facts(new)))
    found += _cells("team", None, *(_by(one["team"], "member", ("side", "function", "signatory")) for one in (old, new)))
    found += _cells(
        "delegations", None, *(_by(one.get("delegations", ()), "sponsor", ("delegate", "text")) for one in (old, new))
    )
    before, after = ({one["key"]: one for one in content["sections"]} for content in (old, new))
    for key in [*after, *(k for k in before if k not in after)]:
        was, now = before.get(key, {}), after.get(key, {})
        texts = ({"text": one.get("text", "")} for one in (was, now))
        found += _cells(key, None, *texts)
        rows = [{row["id"]: row for row in one.get("rows", [])} for one in (was, now)]
        for row_id in [*rows[1], *(n for n in rows[0] if n not in rows[1])]:
            found += _cells(key, row_id, *({k: v for k, v in one.get(row_id, {}).items() if k != "id"} for one in rows))
    return found


def _facts(content: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name not in ("sections", "team", "format", "sides", "delegations")}


def _by(rows: Sequence[Mapping[str, Any]], key: str, names: Sequence[str]) -> dict[str, Any]:
    """Rows about people as cells named by whom they are about, so that each has one old and one new value."""
    return {str(row[key]): tuple(row[name] for name in names) for row in rows}


def _cells(section: str, row_id: int | None, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name in [*new, *(n for n in old if n not in new)]:
        was, now = old.get(name), new.get(name)
        if was != now and (was or now) not in (None, ""):
            yield Change(section, row_id, name, was, now)
