"""Faults a person has to hear of: each class carries its exit code, each instance its remedy.

A person's mistake in data is a `Finding`; what stops a command is one of these exceptions.
Messages and remedies are Russian sentences; they hold no personal data beyond what the person
typed or what stands in the file the person handed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from docgen.core.findings import Finding


class DocgenError(Exception):
    """Base of all faults that are told to a person instead of a traceback.

    `message` says what is wrong, `where` the file, sheet, cell or device, `remedy` what to do,
    `findings` every single address when there are many.
    """

    exit_code: ClassVar[int] = 70

    def __init__(
        self, message: str, *, where: str = "", remedy: str = "", findings: Sequence[Finding] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.remedy = remedy
        self.findings = tuple(findings)


class Blocked(DocgenError):
    """Findings stop the chain, or a verdict is not TOTAL_PASSED."""

    exit_code = 1


class UsageFault(DocgenError):
    """The command was called with words that cannot be right."""

    exit_code = 2


class InputFault(DocgenError):
    """An input (journal file, settings, document) cannot be read."""

    exit_code = 3


class MediumFault(DocgenError):
    """A medium or a file system does not do what it must."""

    exit_code = 4


class SigningFault(DocgenError):
    """A key, a certificate or a signing tool fails."""

    exit_code = 5


class TemplateFault(DocgenError):
    """A template cannot be laid out."""

    exit_code = 6
