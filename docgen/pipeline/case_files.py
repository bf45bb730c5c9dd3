"""The files that describe a case: its card, inventory, provenance, evidence of signatures."""

from __future__ import annotations

import datetime as dt
import json
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from archive.retention import PERMANENT
from docgen.documents.house import Official
from docgen.journal.export import csv_bytes
from docgen.pipeline.bind import BoundVolume
from docgen.pipeline.sign import Seal, revocation_files, signature_of
from docgen.pipeline.signature_acts import act_pdf, signature_act
from docgen.pipeline.trust import trusted
from docgen.pipeline.workspace import Workspace
from signing.cms import Malformed, parse_detached
from signing.report import VerificationReport, as_json, report_lines
from signing.trust import load_certificate, subject_text
from signing.verify import verify_file

_PREMIS = "http://www.loc.gov/premis/v3"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What the card of every case tells; `class_id` is "" for one of the whole school.

    `until` is the last day of the term, None for a case kept permanently; `system` and
    `exported_at` say where the data are from, "" where there are none behind the documents.
    """

    index: str
    title: str
    class_id: str
    year: str
    period: str
    start: dt.date
    end: dt.date
    until: dt.date | None
    system: str = ""
    exported_at: str = ""


@dataclass(frozen=True, slots=True)
class CaseObject:
    """A document of a case: where it lies, its name below `data/`, URN, digests, size, format.

    Its signature, where it has one, lies beside it.
    """

    path: Path
    name: str
    identity: str
    sha512: str
    streebog256: str
    size: int
    form: str


def case_card(facts: CaseFacts, volumes: Sequence[BoundVolume] = (), **more: object) -> bytes:
    """The case's card: what a program needs to find and name it; `more` is of one kind only."""
    card = {
        "format": "docgen-case/1",
        "index": facts.index,
        "title": facts.title,
        "class": facts.class_id,
        "year": facts.year,
        "period": facts.period,
        "start": facts.start.isoformat(),
        "end": facts.end.isoformat(),
        "retention_until": facts.until.isoformat() if facts.until else PERMANENT,
        "system": facts.system,
        "exported_at": facts.exported_at,
        "volumes": [
            {
                "file": volume.card.file,
                "identity": volume.card.identity,
                "volume": volume.card.volume,
                "sheets": volume.card.sheets,
                "inventory_sheets": volume.card.inventory_sheets,
                "sha256": volume.card.sha256,
                "sha512": volume.card.sha512,
                "streebog256": volume.card.streebog256,
            }
            for volume in volumes
        ],
        **more,
    }
    return json_bytes(card)


def inventory_rows(volumes: Sequence[BoundVolume]) -> bytes:
    """The inner inventory as CSV: volume, title, teacher, sheets."""
    rows = [
        (volume.card.volume, row.title, row.teacher, row.first, row.last)
        for volume in volumes
        for row in volume.card.rows
    ]
    return csv_bytes(("Том", "Заголовок", "Учитель", "Лист с", "Лист по"), rows)


def premis(objects: Iterable[CaseObject], events: Iterable[tuple[str, str, str]]) -> bytes:
    """Objects and events of the case in the words of PREMIS 3; an event is kind, moment, detail."""
    ET.register_namespace("", _PREMIS)
    root = ET.Element(f"{{{_PREMIS}}}premis", {"version": "3.0"})
    for one in objects:
        _object(root, one)
    for number, (kind, moment, detail) in enumerate(events, start=1):
        event = _below(root, "event")
        identifier = _below(event, "eventIdentifier")
        _below(identifier, "eventIdentifierType", "local")
        _below(identifier, "eventIdentifierValue", str(number))
        _below(event, "eventType", kind)
        _below(event, "eventDateTime", moment or "unknown")
        _below(_below(event, "eventDetailInformation"), "eventDetail", detail)
    ET.indent(root, " ")
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _object(root: ET.Element, one: CaseObject) -> None:
    item = _below(root, "object")
    item.set(f"{{{_INSTANCE}}}type", "file")
    identifier = _below(item, "objectIdentifier")
    _below(identifier, "objectIdentifierType", "UUID")
    _below(identifier, "objectIdentifierValue", one.identity)
    traits = _below(item, "objectCharacteristics")
    for algorithm, digest in (
        ("SHA-512", one.sha512),
        ("GOST R 34.11-2012 (256)", one.streebog256),
    ):
        fixity = _below(traits, "fixity")
        _below(fixity, "messageDigestAlgorithm", algorithm)
        _below(fixity, "messageDigest", digest)
    _below(traits, "size", str(one.size))
    designation = _below(_below(traits, "format"), "formatDesignation")
    _below(designation, "formatName", one.form)
    _below(item, "originalName", f"data/{one.name}")


def _below(parent: ET.Element, name: str, text: str = "") -> ET.Element:
    element = ET.SubElement(parent, f"{{{_PREMIS}}}{name}")
    element.text = text or None
    return element


def check_signatures(
    objects: Iterable[CaseObject], seal: Seal
) -> tuple[tuple[CaseObject, VerificationReport], ...]:
    """Check the signature of every document that has one; raises InputFault."""
    return tuple(
        (
            one,
            verify_file(
                one.path,
                signature_of(one.path),
                trust=seal.trust,
                at=seal.at,
                evidence=seal.evidence,
            ),
        )
        for one in objects
        if signature_of(one.path).is_file()
    )


def evidence(
    workspace: Workspace,
    checked: Sequence[tuple[CaseObject, VerificationReport]],
    seal: Seal,
    *,
    title: str,
    school: str,
    keeper: Official,
) -> Iterator[tuple[str, bytes, str]]:
    """What will prove the signatures later: certificates, words on revocation, the act of checking.

    All of it is as it was at intake (63-ФЗ, ст. 11); documents are called as they are in the case.
    """
    for number, (path, _) in enumerate(trusted(workspace, seal.at), start=1):
        yield f"trust-{number}.pem", path.read_bytes(), "Доверенный корневой сертификат"
    yield "signer.cer", seal.signer.certificate, "Сертификат подписавшего дело"
    embedded = sorted({der for one, _ in checked for der in _certificates(signature_of(one.path))})
    for number, der in enumerate(embedded, start=1):
        yield f"certificate-{number}.cer", der, f"Сертификат из подписи документа{_owner(der)}"
    for path in revocation_files(workspace):
        yield f"{path.name.lower()}", path.read_bytes(), "Сведения об отзыве сертификатов"
    if not checked:
        return
    reports = [
        replace(report, source=Path(one.name), signature=signature_of(Path(one.name)))
        for one, report in checked
    ]
    digests = [one.sha512 for one, _ in checked]
    act = signature_act(zip(digests, reports, strict=True), seal.at, title, school, keeper)
    yield "signatures.pdf", act_pdf(workspace, act), "Акт проверки электронных подписей"
    text = "\n\n".join("\n".join(report_lines(report)) for report in reports)
    yield "signatures.txt", (text + "\n").encode(), "Протокол проверки подписей"
    yield (
        "signatures.json",
        json_bytes([_portable(as_json(report)) for report in reports]),
        ("Протокол проверки подписей для программ"),
    )


def _certificates(signature: Path) -> tuple[bytes, ...]:
    try:
        return parse_detached(signature.read_bytes()).certificates
    except (OSError, Malformed):
        return ()


def _owner(der: bytes) -> str:
    """Whose certificate it is: «: Иванова Мария»; nothing where that cannot be read."""
    try:
        return f": {subject_text(load_certificate(der))}"
    except ValueError:
        return ""


def _portable(report: dict[str, object]) -> dict[str, object]:
    """A report without the folders of this machine: they mean nothing on a medium."""
    return {
        key: Path(str(value)).name if key in {"source", "signature", "file"} else value
        for key, value in report.items()
    }


def json_bytes(value: object) -> bytes:
    """JSON as every file of ours is written: UTF-8, one space of indent, a last line end."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
