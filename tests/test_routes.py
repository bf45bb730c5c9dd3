"""Who signs a volume as what, on paper or not, and who is next (R2-R6)."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import pytest
from pdfa import breaches
from test_signing_authority import NOW, SCHOOL, UNTIL, authority, signer_of, trust

from docgen.core.errors import Blocked, InputFault, SigningFault, UsageFault
from docgen.core.progress import Silent
from docgen.journal.demo import write_demo_package
from docgen.pipeline.bind import bind_period
from docgen.pipeline.imports import import_paths
from docgen.pipeline.initialise import initialise
from docgen.pipeline.renewal import kept_records, renew
from docgen.pipeline.routes import Role, VolumeRoute, note_paper, period_routes, sign_as
from docgen.pipeline.scope import chosen_classes, chosen_period
from docgen.pipeline.sign import Seal, open_seal, sign_files, signature_of
from docgen.pipeline.stamp import stamp_copy, stamped_name
from docgen.pipeline.trust import add_trusted, offered, trusted
from docgen.pipeline.verify import Judge, prove_file, verify_path, write_report
from docgen.pipeline.workspace import Workspace, open_workspace
from signing.authority import create_authority, issue, write_certificate
from signing.report import Conclusion
from signing.revocation import NO_EVIDENCE
from signing.verify import verify_file

DAY = dt.date(2026, 5, 19)


@pytest.fixture(scope="module")
def bound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("routes") / "school"
    initialise(place, NOW)
    write_demo_package(place / "journal", seed=2)
    workspace = open_workspace(place)
    import_paths(workspace, [place / "journal"], source_name=None, now=NOW, progress=Silent())
    with workspace.open_journal() as journal:
        period = chosen_period(journal, "Q1")
        units = chosen_classes(journal, period, ("7А",))
    bind_period(workspace, period, units, Silent())
    folder = place / "trust"
    folder.mkdir()
    write_certificate(folder / "authority.pem", authority().certificate)
    return place


@pytest.fixture
def workspace(bound: Path, tmp_path: Path) -> Workspace:
    place = tmp_path / "school"
    shutil.copytree(bound, place)
    return open_workspace(place)


def found(workspace: Workspace) -> tuple[VolumeRoute, ...]:
    return period_routes(workspace, "Q1", ("7А",), NOW)


def expected(workspace: Workspace, role: Role) -> str:
    """The full name of whoever takes a step of the role."""
    (route, *_) = found(workspace)
    short = next(mark.step.person for mark in route.marks if mark.step.role is role)
    with workspace.open_journal() as journal:
        view = journal.class_journal("7А", "Q1")
    for person in view.staff.values():
        if short.split(" ")[0].split("\u00a0")[0] == person.last and short.replace(
            "\u00a0", " "
        ).split(" ")[1].startswith(person.first[0]):
            return f"{person.last} {person.first} {person.middle}"
    raise AssertionError(short)


def seal_of(name: str) -> Seal:
    certified = issue(authority(), name, SCHOOL, valid_from=NOW, valid_until=UNTIL)
    return Seal(signer_of(certified), trust(), NOW)


def how(workspace: Workspace, role: Role) -> list[str]:
    return [mark.how for mark in found(workspace)[0].marks if mark.step.role is role]


def test_everybody_waits_in_order_until_they_sign(workspace: Workspace) -> None:
    (route,) = found(workspace)
    roles = [mark.step.role for mark in route.marks]
    assert roles == sorted(roles, key=list(Role).index)
    assert len(route.waiting) == len(route.marks)
    assert route.waiting[0].role is Role.TEACHER
    assert all(mark.step.sheets for mark in route.marks if mark.step.role is Role.TEACHER)


def test_signatures_of_several_people_stand_in_one_file(workspace: Workspace) -> None:
    for role in (Role.DIRECTOR, Role.CLASS_TEACHER):
        seal = seal_of(expected(workspace, role))
        (signed,) = sign_as(workspace, found(workspace), role, seal, Silent())
        assert signed.made
        (again,) = sign_as(workspace, found(workspace), role, seal, Silent())
        assert not again.made
    (route,) = found(workspace)
    marks = {mark.step.role: mark for mark in route.marks if mark.how}
    assert set(marks) >= {Role.DIRECTOR, Role.CLASS_TEACHER}
    assert all(mark.how == "электронная" and mark.sound for mark in marks.values())
    assert marks[Role.DIRECTOR].when == "20.05.2026"
    report = verify_file(route.volume.path, signature_of(route.volume.path), trust=trust(), at=NOW)
    assert report.conclusion is Conclusion.TOTAL_PASSED
    assert len(report.signatures) == 2


def test_the_workplaces_seal_stands_beside_a_persons_signature(workspace: Workspace) -> None:
    seal = seal_of(expected(workspace, Role.DIRECTOR))
    (signed,) = sign_as(workspace, found(workspace), Role.DIRECTOR, seal, Silent())
    sign_files([signed.path], open_seal(workspace, NOW), Silent())
    (route,) = found(workspace)
    assert how(workspace, Role.DIRECTOR) == ["электронная"]
    assert len(route.others) == 1


def test_a_certificate_of_another_person_does_not_sign_in_the_role(workspace: Workspace) -> None:
    seal = seal_of("Иванова Мария Петровна")
    with pytest.raises(SigningFault, match="Иванова Мария Петровна") as caught:
        sign_as(workspace, found(workspace), Role.DIRECTOR, seal, Silent())
    assert caught.value.exit_code == 5
    assert not signature_of(found(workspace)[0].volume.path).exists()


def test_a_certificate_of_the_organisation_signs_when_its_thumbprint_is_named(
    workspace: Workspace,
) -> None:
    seal = seal_of(SCHOOL)
    file = workspace.folder / "school.toml"
    text = file.read_text("utf-8").replace(
        "[signing.roles]", f'[signing.roles]\ndirector = ["{seal.signer.thumbprint}"]', 1
    )
    file.write_text(text, "utf-8")
    own = open_workspace(workspace.folder)
    sign_as(own, found(own), Role.DIRECTOR, seal, Silent())
    assert how(own, Role.DIRECTOR) == ["электронная"]


def test_a_volume_changed_after_a_signature_is_not_signed(workspace: Workspace) -> None:
    seal = seal_of(expected(workspace, Role.DIRECTOR))
    (signed,) = sign_as(workspace, found(workspace), Role.DIRECTOR, seal, Silent())
    signed.path.write_bytes(signed.path.read_bytes() + b"\n")
    assert [item.code for item in found(workspace)[0].findings] == ["SG-60"]
    other = seal_of(expected(workspace, Role.CLASS_TEACHER))
    with pytest.raises(Blocked, match="изменён после подписи"):
        sign_as(workspace, found(workspace), Role.CLASS_TEACHER, other, Silent())


def test_signatures_on_paper_are_noted_with_person_and_day(workspace: Workspace) -> None:
    count = note_paper(found(workspace), Role.TEACHER, DAY, person="", now=NOW)
    assert count == len(how(workspace, Role.TEACHER)) > 3
    assert set(how(workspace, Role.TEACHER)) == {"на бумаге"}
    assert note_paper(found(workspace), Role.TEACHER, DAY, person="", now=NOW) == 0
    (route,) = found(workspace)
    assert route.waiting[0].role is Role.CLASS_TEACHER
    last = expected(workspace, Role.CLASS_TEACHER).split()[0]
    assert note_paper(found(workspace), Role.CLASS_TEACHER, DAY, person=last, now=NOW) == 1
    tomorrow = NOW.date() + dt.timedelta(days=1)
    with pytest.raises(UsageFault, match="ещё не наступил"):
        note_paper(found(workspace), Role.DIRECTOR, tomorrow, person="", now=NOW)


def test_a_file_changed_after_a_paper_signature_is_seen_and_not_signed(
    workspace: Workspace,
) -> None:
    note_paper(found(workspace), Role.TEACHER, DAY, person="", now=NOW)
    path = found(workspace)[0].volume.path
    path.write_bytes(path.read_bytes() + b"\n")
    assert [item.code for item in found(workspace)[0].findings] == ["SG-60"]
    assert set(how(workspace, Role.TEACHER)) == {""}
    seal = seal_of(expected(workspace, Role.DIRECTOR))
    with pytest.raises(Blocked, match="изменён после подписи"):
        sign_as(workspace, found(workspace), Role.DIRECTOR, seal, Silent())


def test_a_volume_bound_anew_takes_its_paper_signatures_into_earlier(workspace: Workspace) -> None:
    note_paper(found(workspace), Role.DIRECTOR, DAY, person="", now=NOW)
    path = found(workspace)[0].volume.path
    before = path.read_bytes()
    settings = workspace.folder / "school.toml"
    text = settings.read_text("utf-8").replace('full_name = ""', 'full_name = "МБОУ «Новая школа»"')
    settings.write_text(text, "utf-8")
    own = open_workspace(workspace.folder)
    with own.open_journal() as journal:
        period = chosen_period(journal, "Q1")
        units = chosen_classes(journal, period, ("7А",))
    bind_period(own, period, units, Silent())
    (kept,) = path.parent.glob(f"earlier/*/{path.name}")
    assert kept.read_bytes() == before
    told = json.loads((kept.parent / "signed-on-paper.json").read_bytes())
    assert [row["role"] for row in told["signatures"]] == ["director"]
    assert how(own, Role.DIRECTOR) == [""]
    assert found(own)[0].findings == ()


def test_a_damaged_book_of_paper_signatures_is_told(workspace: Workspace) -> None:
    (found(workspace)[0].volume.path.parent / "signed-on-paper.json").write_text("{", "utf-8")
    with pytest.raises(InputFault, match="повреждена"):
        found(workspace)


def test_no_seal_replaces_a_signature_that_does_not_fit(workspace: Workspace) -> None:
    seal = seal_of(expected(workspace, Role.DIRECTOR))
    (signed,) = sign_as(workspace, found(workspace), Role.DIRECTOR, seal, Silent())
    kept = signed.signature.read_bytes()
    signed.path.write_bytes(signed.path.read_bytes() + b"\n")
    with pytest.raises(SigningFault, match="Ничего не переписано"):
        sign_files([signed.path], open_seal(workspace, NOW), Silent())
    assert signed.signature.read_bytes() == kept


def test_a_signature_nobody_vouches_for_is_still_waited_for(workspace: Workspace) -> None:
    name = expected(workspace, Role.DIRECTOR)
    stranger = create_authority("Чужой центр", SCHOOL, valid_from=NOW, valid_until=UNTIL)
    signer = signer_of(issue(stranger, name, SCHOOL, valid_from=NOW, valid_until=UNTIL))
    sign_as(workspace, found(workspace), Role.DIRECTOR, Seal(signer, trust(), NOW), Silent())
    (route,) = found(workspace)
    mark = next(mark for mark in route.marks if mark.step.role is Role.DIRECTOR)
    assert (mark.how, mark.sound) == ("электронная", False)
    assert mark.step in route.waiting


# Trust


def test_only_authorities_are_trusted(workspace: Workspace, tmp_path: Path) -> None:
    root = tmp_path / "root.pem"
    write_certificate(
        root, create_authority("Центр", SCHOOL, valid_from=NOW, valid_until=UNTIL).certificate
    )
    (offer,) = offered(root, NOW)
    (path,) = add_trusted(workspace, (offer,))
    assert offer.thumbprint in {item.thumbprint for _, item in trusted(workspace, NOW)}
    assert path.parent == workspace.folder / "trust"
    person = tmp_path / "person.pem"
    write_certificate(
        person,
        issue(authority(), "Иванов Иван", SCHOOL, valid_from=NOW, valid_until=UNTIL).certificate,
    )
    with pytest.raises(SigningFault, match="не сертификат удостоверяющего центра"):
        offered(person, NOW)
    with pytest.raises(SigningFault, match="не действует"):
        offered(root, UNTIL + dt.timedelta(days=1))


# Evidence


def test_without_a_stamp_service_nothing_is_renewed(workspace: Workspace) -> None:
    with pytest.raises(UsageFault, match="служба штампов"):
        renew(workspace, digest="sha512", only_due=True, now=NOW)
    assert kept_records(workspace) == ()


def test_one_file_is_proven_by_a_signed_list(workspace: Workspace, tmp_path: Path) -> None:
    (route,) = found(workspace)
    path = route.volume.path
    listed = tmp_path / "list.txt"
    listed.write_text(f"{route.volume.card.sha512}  {path.name}\n", "utf-8")
    sign_files([listed], seal_of("Иванов Иван Иванович"), Silent())
    judge = Judge(trust(), NO_EVIDENCE, NOW)
    assert prove_file(path, listed, judge).conclusion is Conclusion.TOTAL_PASSED
    path.write_bytes(path.read_bytes() + b" ")
    assert prove_file(path, listed, judge).conclusion is Conclusion.TOTAL_FAILED
    with pytest.raises(InputFault, match="не читается"):
        prove_file(path, tmp_path / "absent.txt", judge)


def test_a_stamped_copy_carries_signatures_inside_and_the_original_stays(
    workspace: Workspace,
) -> None:
    path = found(workspace)[0].volume.path
    before = path.read_bytes()
    for name in ("Иванов Иван Иванович", "Петрова Анна Ивановна"):
        stamp_copy(path, seal_of(name), page=1)
    assert path.read_bytes() == before
    copy = stamped_name(path)
    judge = Judge(trust(), NO_EVIDENCE, NOW)
    verdict = verify_path(copy, judge, progress=Silent())
    assert verdict.conclusion is Conclusion.TOTAL_PASSED
    assert "подписей в нём: 2" in "\n".join(verdict.lines)
    page = workspace.folder / "report.pdf"
    write_report(workspace, [verdict], page, NOW)
    assert breaches(page) == []
    copy.write_bytes(copy.read_bytes() + b"junk")
    assert not verify_path(copy, judge, progress=Silent()).passed
