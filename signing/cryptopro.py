"""The backend `cryptopro`: the command line tool cryptcp of КриптоПро CSP, a certified tool.

The key stays in the store of the CSP, which asks for its PIN itself: this program neither knows it
nor passes it on (`-pin` would stand in the arguments for everybody to see). What cryptcp made is
believed only after our own check. It was written by its documentation and tested with a stand-in:
the real program was not at hand.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from docgen.core.errors import InputFault, SigningFault
from docgen.core.files import write_atomic
from docgen.core.reasons import reason
from signing.backends import Availability, KeySource, SelfTest
from signing.extend import with_stamps
from signing.holder import (
    CertificateHolder,
    read_certificates,
    require_fit,
    require_in_time,
)
from signing.interfaces import Certification, SignResult, Timestamper
from signing.report import Conclusion
from signing.trust import TrustStore, issuers_of, subject_text
from signing.verify import verify_file

if TYPE_CHECKING:
    import datetime as dt


TOOL = "КриптоПро CSP (cryptcp)"

_PLACES = ("/opt/cprocsp/bin/amd64/cryptcp", "/opt/cprocsp/bin/aarch64/cryptcp")
_SECONDS = 300
"""A person may be typing a PIN into the window of the CSP."""
_FLAGS = {
    "sign": ("-sign", "-detached", "-der", "-cadesbes", "-nochain", "-norev"),
    "certificate": ("-thumbprint",),
}
_CODE = re.compile(r"\[ErrorCode:\s*0x([0-9a-fA-F]{8})\]")
_DONE = "00000000"
_FAULTS = {
    "20000064": ("памяти компьютера не хватило", "Закройте другие программы и повторите."),
    "20000065": ("файл не открылся", "Проверьте, что документ на месте и открывается."),
    "20000066": ("действие отменено", "Повторите и введите ПИН-код в окне КриптоПро."),
    "2000012d": (
        "сертификат не найден в хранилище",
        "Установите его в хранилище «Личное»: certmgr -inst -store uMy.",
    ),
    "80090016": (
        "нет контейнера с закрытым ключом",
        "Подключите носитель ключа и проверьте: csptest -keyset -enum_cont -verifyc.",
    ),
    "8009001d": ("поставщик криптографии не загружается", "Переустановите КриптоПро CSP."),
    "80090010": ("доступ к ключу запрещён", "Проверьте права на контейнер и лицензию CSP."),
    "8010006b": ("ПИН-код неверен", "Введите верный: после нескольких ошибок носитель закроется."),
    "8010006c": ("ПИН-код заблокирован", "Разблокируйте носитель его программой."),
    "8010006e": ("ввод ПИН-кода отменён", "Повторите и введите ПИН-код в окне КриптоПро."),
    "80100069": ("носитель ключа вынут", "Вставьте носитель и повторите."),
}
"""What went wrong and what to do, by the code cryptcp prints."""


@dataclass(frozen=True, slots=True)
class CryptoproSigner(CertificateHolder):
    """A certificate whose key lies in the CSP; made by `CryptoproBackend.open`."""

    program: str

    def sign_file(
        self,
        source: Path,
        out: Path,
        *,
        signed_at: dt.datetime,
        timestamper: Timestamper | None = None,
    ) -> SignResult:
        """Let cryptcp write a detached CAdES-BES signature, check it, put it at `out`, whole.

        cryptcp takes the time from the computer's clock. Raises InputFault when the document cannot
        be read, SigningFault when cryptcp fails or its signature does not verify.
        """
        require_in_time(self.holder, signed_at, self.where)
        with tempfile.TemporaryDirectory(prefix="docgen-") as folder:
            made = Path(folder) / "signature.p7s"
            self._run(source, made)
            if not made.is_file():
                raise _failed("подпись не записана", self.where)
            own = TrustStore((self.holder, *self.issuers))
            report = verify_file(source, made, trust=own, at=signed_at)
            thumbprints = {
                item.certificate.thumbprint for item in report.signatures if item.certificate
            }
            if report.conclusion is not Conclusion.TOTAL_PASSED or thumbprints != {self.thumbprint}:
                raise _failed("подпись не прошла нашу проверку", self.where)
            data = made.read_bytes()
        if timestamper is not None:
            data = with_stamps(data, timestamper)
        try:
            write_atomic(out, data)
        except OSError as fault:
            raise SigningFault(
                f"Не удалось записать подпись: {reason(fault)}.",
                where=str(out),
                remedy="Проверьте, что папка существует, в неё можно писать и место есть.",
            ) from fault
        return SignResult(
            source=source,
            signature=out,
            signer=subject_text(self.holder),
            thumbprint=self.thumbprint,
            signed_at=signed_at,
            tool=TOOL,
            certified=Certification.YES,
        )

    def _run(self, source: Path, made: Path) -> None:
        if not source.is_file():
            raise InputFault(
                "Не удалось прочитать документ для подписания.",
                where=str(source),
                remedy="Проверьте путь и права на файл.",
            )
        # CSP knows certificates by their SHA-1.
        name = hashlib.sha1(self.certificate, usedforsecurity=False).hexdigest()
        command = [self.program, *_FLAGS["sign"], *_FLAGS["certificate"], name]
        try:
            done = subprocess.run(  # noqa: S603 - our own arguments, no shell
                [*command, str(source.resolve()), str(made)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=_SECONDS,
            )
        except subprocess.TimeoutExpired as fault:
            raise _failed("программа не ответила за пять минут", self.where) from fault
        except OSError as fault:
            raise _failed(f"программа не запустилась: {reason(fault)}", self.where) from fault
        said = (done.stdout + done.stderr).decode("cp1251", errors="replace")
        codes = [code.lower() for code in _CODE.findall(said)]
        if done.returncode == 0 and codes[-1:] == [_DONE]:
            return
        code = next((one for one in codes if one != _DONE), "")
        what, remedy = _FAULTS.get(code, (f"код 0x{code}" if code else "без кода ошибки", _REMEDY))
        raise SigningFault(f"КриптоПро не подписало: {what}.", where=self.where, remedy=remedy)


_REMEDY = "Подпишите этот файл программой КриптоПро вручную: её сообщение скажет больше."


def _failed(what: str, where: str) -> SigningFault:
    return SigningFault(f"КриптоПро не подписало: {what}.", where=where, remedy=_REMEDY)


@dataclass(frozen=True, slots=True)
class CryptoproBackend:
    """Keys in the store of КриптоПро CSP."""

    name: str = "cryptopro"
    title: str = "КриптоПро CSP: ГОСТ, квалифицированная подпись"
    certified: Certification = Certification.YES

    def availability(self) -> Availability:
        """Look for cryptcp."""
        if _program():
            return Availability(ok=True)
        return Availability(
            ok=False,
            why="Программы cryptcp (КриптоПро CSP) на компьютере нет.",
            remedy="Установите КриптоПро CSP с пакетом cprocsp-cptools: это платное средство.",
        )

    def self_test(self) -> SelfTest:
        """Ask cryptcp for its help: a trial signature would want the owner's PIN."""
        program = _program()
        try:
            done = subprocess.run(  # noqa: S603 - our own arguments, no shell
                [program, "-help"], capture_output=True, check=False, timeout=_SECONDS
            )
        except (OSError, subprocess.TimeoutExpired):
            return SelfTest(ok=False, sentence="программа не отвечает")
        if b"cryptcp" not in (done.stdout + done.stderr).lower():
            return SelfTest(ok=False, sentence="это не cryptcp")
        return SelfTest(ok=True, sentence="программа отвечает; пробной подписи без ПИН-кода нет")

    def open(self, source: KeySource, at: dt.datetime) -> CryptoproSigner:
        """Take the certificate file of a key that lies in the CSP. Raises SigningFault."""
        program = _program()
        if not program:
            found = self.availability()
            raise SigningFault(found.why, where="cryptopro", remedy=found.remedy)
        if source.certificate is None:
            raise SigningFault(
                "Для КриптоПро нужен файл сертификата подписавшего.",
                where="cryptopro",
                remedy="Выгрузите его из хранилища (certmgr -export) и укажите: --certificate.",
            )
        holder, *others = read_certificates(source.certificate)
        where = f"сертификат {source.certificate}"
        require_fit(holder, at, where)
        return CryptoproSigner(where, holder, issuers_of(holder, others), program)


def _program() -> str:
    return shutil.which("cryptcp") or next(
        (place for place in _PLACES if Path(place).is_file()), ""
    )


BACKEND = CryptoproBackend()
