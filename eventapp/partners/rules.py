"""What follows from a company's or a person's values, without a database."""

import re
from collections.abc import Iterable

from eventapp.core.email import EmailError, domain_of, normal_address
from eventapp.core.text import fold, words

PROGRAMME_ID = re.compile(r"KP-\d{6}", re.ASCII)
_PLAIN_DOMAIN = re.compile(
    r"(?!.*(?:^|\.)xn--)(?:[a-z0-9](?:[a-z0-9-]{0,40}[a-z0-9])?\.){1,4}(?:com|net|org|eu|example|[a-z]{2})", re.ASCII
)
_LETTERS_THEN_DIGITS = re.compile(r"([a-z]{1,3})(\d.*)", re.ASCII)


def company_sort_key(name: str) -> str:
    """The folded name that companies are sorted by."""
    return fold(name)[:220]


def person_sort_key(given_name: str, family_name: str) -> str:
    """The folded name that people are sorted by: family name first."""
    return fold(f"{family_name} {given_name}".strip())[:220]


def company_words(names: Iterable[str], domains: Iterable[str], numbers: Iterable[str | None]) -> set[str]:
    """The words under which a company is found: of its names and aliases, its domains, and its numbers.

    A number that starts with letters, like a VAT ID, is found with and without them.
    """
    found = words(*names, *domains)
    for number in numbers:
        for word in words(number):
            found.add(word)
            parts = _LETTERS_THEN_DIGITS.fullmatch(word)
            if parts:
                found.update(parts.groups())
    return found


def person_words(given_name: str, family_name: str, badge_name: str, addresses: Iterable[str]) -> set[str]:
    """The words under which a person is found: of the names and the addresses."""
    return words(given_name, family_name, badge_name, *addresses)


def normal_domain(text: str) -> str | None:
    """A mail domain in lower case and in Unicode, or none if it is no domain. A leading @ does not matter."""
    bare = text.strip().removeprefix("@")
    if _PLAIN_DOMAIN.fullmatch(bare):
        # Nothing to normalise; the check of a whole address takes a hundred times as long.
        return bare
    try:
        return domain_of(normal_address(f"x@{bare}"))
    except EmailError:
        return None
