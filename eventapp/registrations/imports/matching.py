"""Which company a name means that somebody typed: as it stands, without stray blanks, or without case, signs and legal form.

Pure functions over a list of companies. Of several with that name the row's country decides; what is left open, and what
nobody is called, a person decides, with the likeliest companies in front of them.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from eventapp.core.text import one_line

# Legal forms as they stand at the end of names, once dots are gone.
LEGAL_FORMS = frozenset(
    [
        *("ab", "ad", "ae", "ag", "anstalt", "aps", "as", "asa", "aş", "bv", "co", "dac", "dd", "doo", "ehf", "eood", "epe"),
        *("fze", "gesmbh", "gmbh", "haftungsbeschränkt", "hf", "ike", "inc", "kft", "kg", "lda", "limited", "llc", "llp", "ltd"),
        *("mbh", "nv", "og", "ohg", "oo", "ood", "oy", "oyj", "oü", "plc", "pty", "rl", "sa", "sae", "sal", "sam", "saoc"),
        *("sarl", "sas", "sasu", "se", "sia", "sl", "slu", "sp", "spa", "srl", "sro", "sà", "sàrl", "tov", "uab", "ug", "wll"),
        *("z", "zrt", "şti"),
    ]
)
_DROPPED = re.compile("[./'’‘`´ʼ]")
_SIGNS = re.compile(r"[\W_]+")
MOST_SUGGESTIONS = 6
# Names less alike than this are no typing error of each other.
ALIKE = 0.75


class Step(StrEnum):
    """How a name found its company."""

    EXACT = "exact"
    TRIMMED = "exact_after_trimming_spaces"
    NORMALISED = "normalised"
    DECIDED = "decided"
    SEVERAL = "unmatched_several_candidates"
    NONE = "unmatched_no_candidate"


@dataclass(frozen=True)
class Company:
    """A company of the list. `home` is the one that it was merged into, else itself; `names` are its legal and other names."""

    id: int
    home: int
    name: str
    programme_id: str
    country: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Match:
    """The company that a name means, or the `candidates` between which a person decides.

    `by_country`: several have that name, and the country said which.
    """

    step: Step
    company: Company | None = None
    candidates: tuple[Company, ...] = ()
    by_country: bool = False


def normal(name: str) -> str:
    """A name without case, signs and the legal forms at its end: "Dimälg Data A.B." and "dimälg data" are alike."""
    text = unicodedata.normalize("NFKC", name).casefold()
    words = _SIGNS.sub(" ", _DROPPED.sub("", unicodedata.normalize("NFKC", text))).split()
    last = len(words)
    while last > 1 and words[last - 1] in LEGAL_FORMS:
        last -= 1
    return " ".join(words[:last])


def key_of(name: str, country: str) -> str:
    """Under which key a decision about a name is kept: all rows that mean the same company by the same words have one."""
    return f"{country or '--'}:{normal(name) or one_line(name).casefold()}"[:250]


class Directory:
    """The companies, to be found by name."""

    def __init__(self, companies: Iterable[Company]) -> None:
        self.by_id: dict[int, Company] = {}
        self._exact: dict[str, list[Company]] = {}
        self._normal: dict[str, list[Company]] = {}
        self._other: dict[str, list[Company]] = {}
        for company in companies:
            self.by_id[company.id] = company
            self._exact.setdefault(company.name, []).append(company)
            self._normal.setdefault(normal(company.name), []).append(company)
            for name in {normal(other) for other in company.names} - {"", normal(company.name)}:
                self._other.setdefault(name, []).append(company)

    def find(self, text: str, country: str) -> Match:
        """The company that `text` means, as it stands in the file; `country` is an ISO code or empty."""
        trimmed, plain = one_line(text), normal(text)
        ways = (
            (Step.EXACT, self._exact, text),
            (Step.TRIMMED, self._exact, trimmed),
            (Step.NORMALISED, self._normal, plain),
            (Step.NORMALISED, self._other, plain),
        )
        candidates: tuple[Company, ...] = ()
        for step, index, name in ways:
            found = called = self._homes(index.get(name, []))
            if country and len(called) > 1:
                found = [company for company in called if company.country == country] or called
            if len(found) == 1:
                return Match(step, found[0], by_country=len(called) > 1)
            candidates = candidates or tuple(found)
        return Match(Step.SEVERAL if candidates else Step.NONE, None, candidates)

    def _homes(self, found: Sequence[Company]) -> list[Company]:
        homes = {company.home: self.by_id.get(company.home, company) for company in found}
        return sorted(homes.values(), key=lambda company: (company.programme_id, company.id))

    def alike(self, text: str, country: str, domain_owners: Iterable[int] = ()) -> list[tuple[Company, int]]:
        """The companies most likely meant, the likeliest first, with how alike in per cent.

        `domain_owners` are the companies that the row's address belongs to: with a name that is alike, they come first.
        """
        wanted = normal(text)
        owners = {self.by_id[id_].home for id_ in domain_owners if id_ in self.by_id}
        scores: dict[int, float] = {}
        for name, companies in (*self._normal.items(), *self._other.items()):
            near = 2 * min(len(name), len(wanted)) / max(1, len(name) + len(wanted)) >= ALIKE
            score = _ratio(wanted, name) if near else 0.0
            for company in companies:
                own = company.home in owners
                if own or score >= ALIKE:
                    points = max(score, 0.5 if own else 0) + (0.3 if own else 0) + (0.1 if company.country == country else 0)
                    scores[company.home] = max(points, scores.get(company.home, 0))
        best = sorted(scores, key=lambda id_: (-scores[id_], self.by_id[id_].name, id_))[:MOST_SUGGESTIONS]
        return [(self.by_id[id_], min(99, round(scores[id_] * 100 / 1.4))) for id_ in best]


def _ratio(one: str, other: str) -> float:
    if one == other:
        return 1.0
    matcher = SequenceMatcher(None, other, one, autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE else 0.0
