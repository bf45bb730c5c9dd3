"""Due dates as a calendar file (RFC 5545) that any calendar program takes in."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_LIMIT = 75
"""Octets of a line (RFC 5545 3.1)."""

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:docgen:calendar")


@dataclass(frozen=True, slots=True)
class Event:
    """A day to be kept in mind; `key` tells what it is about and gives the event its identity."""

    key: str
    day: dt.date
    title: str
    text: str


def calendar_bytes(events: Iterable[Event], *, made: dt.datetime, warn_days: int) -> bytes:
    """Write events with an alarm `warn_days` before each; `made` is an aware time.

    An event of the same key keeps its UID, so that a calendar takes a new file as a change.
    """
    stamp = made.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//docgen//archive//RU"]
    for event in events:
        lines += _event(event, stamp, warn_days)
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _event(event: Event, stamp: str, warn_days: int) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{uuid.uuid5(_NAMESPACE, event.key)}@docgen"
    yield f"DTSTAMP:{stamp}"
    yield f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{event.day + dt.timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{_escaped(event.title)}"
    yield f"DESCRIPTION:{_escaped(event.text)}"
    yield "TRANSP:TRANSPARENT"
    yield "BEGIN:VALARM"
    yield "ACTION:DISPLAY"
    yield f"DESCRIPTION:{_escaped(event.title)}"
    yield f"TRIGGER:-P{warn_days}D"
    yield "END:VALARM"
    yield "END:VEVENT"


def _escaped(text: str) -> str:
    """A text value (RFC 5545 3.3.11)."""
    for sign in "\\;,":
        text = text.replace(sign, f"\\{sign}")
    return "\\n".join(text.splitlines())


def _folded(line: str) -> bytes:
    """A line cut into pieces of 75 octets at most, no letter in two of them (RFC 5545 3.1)."""
    pieces, piece = [], b""
    for letter in line:
        octets = letter.encode()
        if len(piece) + len(octets) > _LIMIT:
            pieces.append(piece)
            piece = b" "
        piece += octets
    return b"\r\n".join([*pieces, piece]) + b"\r\n"
