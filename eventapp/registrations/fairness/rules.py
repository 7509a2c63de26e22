"""How lots are drawn, so that anybody can draw them again with the published seed and a stock tool.

A registration's ticket is the SHA-256 of its code in hexadecimal; its lot is the SHA-256 of the seed, a colon and the
ticket. The lots in ascending order are the order of the draw. Before the draw only the SHA-256 of the seed is published,
so that nobody can know the order, and nobody can choose another seed afterwards.
"""

import hashlib
from collections.abc import Iterable


def ticket_of(code: str) -> str:
    """What stands for a registration in the published list: its code cannot be told from it."""
    return hashlib.sha256(code.encode()).hexdigest()


def lot_of(seed: str, ticket: str) -> str:
    """The number that decides the turn of a ticket."""
    return hashlib.sha256(f"{seed}:{ticket}".encode()).hexdigest()


def drawn(seed: str, codes: Iterable[str]) -> list[str]:
    """The codes in the order of the draw."""
    return sorted(codes, key=lambda code: lot_of(seed, ticket_of(code)))
