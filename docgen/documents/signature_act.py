"""The act of checking electronic signatures at intake: what was found of each, on that day."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One signature of a document, in words."""

    signer: str
    certificate: str
    valid: str
    algorithm: str
    time: str
    verdict: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckedDocument:
    """A document with its signatures; `verdict` is that of the file of signatures as a whole."""

    file: str
    digest: str
    verdict: str
    signatures: tuple[SignatureLine, ...]


@dataclass(frozen=True, slots=True)
class SignatureAct:
    """The act; context of `signature-act`, reached as `act`.

    school: the school's name
    moment: when it was checked, «20.05.2026 10:00 (UTC)»
    case: title of the case the documents go to, "" for a check on its own
    documents: documents with their signatures
    certification: what is known of the tools, one sentence
    keeper_position, keeper: who checked, «Секретарь», «И.О. Фамилия»
    """

    school: str
    moment: str
    case: str
    documents: tuple[CheckedDocument, ...]
    certification: str
    keeper_position: str
    keeper: str
