"""Which ways to sign there are on this computer, why not, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from signing.backends import NAMES, Availability, SelfTest, backend


@dataclass(frozen=True, slots=True)
class Tool:
    """A way to sign: name, title, whether certified, what was found, and its test of itself."""

    name: str
    title: str
    certified: str
    found: Availability
    trial: SelfTest | None


def tools() -> tuple[Tool, ...]:
    """Ask every backend; one that is there tries itself."""
    asked = []
    for name in NAMES:
        one = backend(name)
        found = one.availability()
        trial = one.self_test() if found.ok else None
        asked.append(Tool(name, one.title, one.certified.label, found, trial))
    return tuple(asked)
