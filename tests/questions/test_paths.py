"""The check of all paths, and what becomes of answers when a question changes."""

from typing import Any

from eventapp.questions.models import Kind
from eventapp.questions.rules.asked import Asked, Option
from eventapp.questions.rules.changes import Fate, Numbers, count, fate
from eventapp.questions.rules.paths import World, check

WORLD = World(types=("isv", "reseller"), tiers=("ready", "premier", ""), modes=("in_person",))


def ask(id_: int, kind: Kind, *tests: tuple[str, str, str], **values: Any) -> Asked:
    found = [{"on": on, "is": how, "value": value} for on, how, value in tests]
    return Asked(id_, f"k{id_}", kind, f"Question {id_}", condition={"all": True, "tests": found} if found else None, **values)


def test_a_good_form_has_no_findings() -> None:
    form = [ask(1, Kind.YES_NO), ask(2, Kind.TEXT, ("q1", "is", "yes"), ("tier", "is", "premier"), required=True)]
    checked = check(form, WORLD)
    assert checked.findings == []
    assert checked.paths == 9


def test_nobody_and_everybody() -> None:
    form = [
        ask(1, Kind.YES_NO),
        ask(2, Kind.TEXT, ("q1", "is", "yes"), ("q1", "is", "no"), required=True),
        ask(3, Kind.TEXT, ("mode", "is", "virtual")),
        ask(4, Kind.TEXT, ("type", "is_not", "oem")),
        ask(5, Kind.NUMBER, settings={"max": "10"}),
        ask(6, Kind.TEXT, ("q5", "at_least", "11")),
        ask(7, Kind.ONE_OF),
    ]
    found = {finding.question.id: finding.text for finding in check(form, WORLD).findings}
    assert found[2] == "It is required, but nobody is ever asked."
    assert found[3] == "Nobody is ever asked."
    assert found[4] == "Everybody is asked: its condition makes no difference."
    assert found[6] == "Nobody is ever asked."
    assert found[7] == "There is nothing to choose from."
    assert set(found) == {2, 3, 4, 6, 7}


def test_chains_are_walked_through() -> None:
    form = [
        ask(1, Kind.YES_NO),
        ask(2, Kind.YES_NO, ("q1", "is", "yes")),
        ask(3, Kind.TEXT, ("q2", "is", "yes"), ("q1", "is", "no")),
    ]
    assert [f.question.id for f in check(form, WORLD).findings] == [3]


def test_too_many_paths_are_said() -> None:
    options = tuple(Option(f"o{n}", f"O{n}") for n in range(50))
    form = [ask(n, Kind.ONE_OF, options=options) for n in range(1, 5)]
    form.append(ask(9, Kind.TEXT, *((f"q{n}", "is", "o1") for n in range(1, 5))))
    (finding,) = check(form, WORLD).findings
    assert not finding.bad


def test_fates() -> None:
    new = ask(1, Kind.SEVERAL_OF, options=(Option("a", "A"), Option("b", "B")))
    assert fate(new, ["a"]) == (Fate.KEPT, ["a"])
    assert fate(new, ["a", "gone"]) == (Fate.CUT, ["a"])
    assert fate(new, ["gone"]) == (Fate.DROPPED, None)
    assert fate(ask(1, Kind.NUMBER, settings={"max": "5"}), "7") == (Fate.OLD, "7")
    assert fate(ask(1, Kind.YES_NO), False) == (Fate.KEPT, False)
    assert fate(ask(1, Kind.FILE), {"id": 3, "name": "x.pdf"})[0] is Fate.KEPT


def test_numbers() -> None:
    new = ask(1, Kind.ONE_OF, options=(Option("a", "A"),))
    numbers = count(new, [("a", True), ("a", True), ("gone", True), ("a", False)])
    assert numbers == Numbers(kept=2, dropped=1, hidden=1)
    assert numbers.total == 4
