"""The backend `gost`: ГОСТ Р 34.10-2012 by Debian's engine, run as a program of its own.

The engine is known to the child alone: its settings and the pass phrase go by descriptors, nothing
secret stands in arguments, environment or files. It makes valid signatures, not qualified ones:
the engine is not certified (63-ФЗ, ст. 5). Every signature is checked by our own arithmetic.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from docgen.core.errors import SigningFault
from signing import algorithms
from signing.backends import Availability, KeySource, SelfTest
from signing.detached import sign_detached
from signing.gost_curves import GostPublicKey
from signing.gost_keys import KEY_256, KEY_512, gost_public_key
from signing.holder import (
    MAXIMAL_KEY_FILE_BYTES,
    CertificateHolder,
    read_certificates,
    read_private,
    require_fit,
    require_in_time,
)
from signing.interfaces import Certification, Hash, SignResult, Timestamper
from signing.trust import issuers_of, public_key

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator


TOOL = "gost-engine (OpenSSL)"

_SECONDS = 30
_PLACES = ("/usr/lib/*/engines-3/gost.so", "/usr/lib64/engines-3/gost.so")
_CONFIG = """\
openssl_conf = settings
[settings]
engines = engines
[engines]
gost = gost
[gost]
engine_id = gost
dynamic_path = {path}
default_algorithms = ALL
CRYPT_PARAMS = id-Gost28147-89-CryptoPro-A-ParamSet
"""
_KINDS = {32: (algorithms.STREEBOG256, KEY_256), 64: (algorithms.STREEBOG512, KEY_512)}
_DIGESTS = {algorithms.STREEBOG256: "-md_gost12_256", algorithms.STREEBOG512: "-md_gost12_512"}
_INSTALL = (
    "Установите пакет libengine-gost-openssl (Debian: apt-get install libengine-gost-openssl)."
)
_KNOWN_TEXT = b"012345678901234567890123456789012345678901234567890123456789012"
"""RFC 6986 10.1, M1."""
_KNOWN_DIGEST = "9d151eefd8590b89daa6ba6cb74af9275dd051026bb149a452fd84e5e57b5500"


@dataclass(frozen=True, slots=True)
class _Engine:
    """The program openssl and the library of the engine."""

    program: str
    library: Path

    def run(
        self, *arguments: str | _Secret, data: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        """Run openssl with the engine; a `_Secret` becomes the path of a descriptor.

        Raises SigningFault when it cannot be started or does not end.
        """
        with ExitStack() as stack:
            config = stack.enter_context(_in_memory(_CONFIG.format(path=self.library).encode()))
            handles = [config]
            command = [self.program]
            for argument in arguments:
                if isinstance(argument, _Secret):
                    handle = stack.enter_context(_in_memory(argument.content))
                    handles.append(handle)
                    command.append(f"{argument.prefix}/proc/self/fd/{handle}")
                else:
                    command.append(argument)
            try:
                return subprocess.run(  # noqa: S603 - our own arguments, no shell
                    command,
                    input=data,
                    capture_output=True,
                    check=False,
                    timeout=_SECONDS,
                    pass_fds=handles,
                    env={
                        "OPENSSL_CONF": f"/proc/self/fd/{config}",
                        "PATH": os.environ.get("PATH", ""),
                    },
                )
            except (OSError, subprocess.TimeoutExpired) as fault:
                raise SigningFault(
                    "Программа openssl не запустилась или не ответила.",
                    where=self.program,
                    remedy="Проверьте её: docgen signing backends.",
                ) from fault


@dataclass(frozen=True, slots=True)
class _Secret:
    """Bytes a child may read by a descriptor; `prefix` is what openssl wants before the path."""

    content: bytes = field(repr=False)
    prefix: str = ""


@contextmanager
def _in_memory(content: bytes) -> Iterator[int]:
    """A file that has no name and no disk."""
    handle = os.memfd_create("docgen")
    try:
        os.write(handle, content)
        os.lseek(handle, 0, os.SEEK_SET)
        yield handle
    finally:
        os.close(handle)


@dataclass(frozen=True, slots=True)
class GostSigner(CertificateHolder):
    """A key in an encrypted PKCS#8 file with its certificate; made by `GostBackend.open`."""

    key: bytes = field(repr=False)
    passphrase: str = field(repr=False)
    engine: _Engine
    digest_oid: str
    signature_oid: str

    def new_hash(self) -> Hash:
        """Start a running digest: ГОСТ Р 34.11-2012 of the key's length."""
        return algorithms.new_hash(self.digest_oid)

    def sign_raw(self, signed_attributes: bytes) -> bytes:
        """Make the signature value over the bytes. Raises SigningFault."""
        done = self.engine.run(
            *("dgst", _DIGESTS[self.digest_oid], "-sign"),
            _Secret(self.key),
            "-passin",
            _Secret(self.passphrase.encode("utf-8") + b"\n", "file:"),
            data=signed_attributes,
        )
        if done.returncode == 0:
            return done.stdout
        raise SigningFault(
            "Ключ не открылся: парольная фраза не подходит либо файл повреждён.",
            where=self.where,
            remedy="Проверьте парольную фразу. Нужен ключ ГОСТ Р 34.10-2012 в виде зашифрованного "
            "PKCS#8 (.pem): openssl pkcs8 -topk8 -in КЛЮЧ -out НОВЫЙ.",
        )

    def sign_file(
        self,
        source: Path,
        out: Path,
        *,
        signed_at: dt.datetime,
        timestamper: Timestamper | None = None,
    ) -> SignResult:
        """Write a detached CAdES signature (DER) of `source` to `out`: `detached.sign_detached`.

        Raises, besides, SigningFault when the certificate is out of its term at `signed_at`.
        """
        require_in_time(self.holder, signed_at, self.where)
        return sign_detached(
            self,
            source,
            out,
            signed_at=signed_at,
            tool=TOOL,
            certified=Certification.NO,
            timestamper=timestamper,
        )


@dataclass(frozen=True, slots=True)
class GostBackend:
    """Keys in files, ГОСТ Р 34.10-2012, where the engine is installed."""

    name: str = "gost"
    title: str = "ключ в файле: ГОСТ Р 34.10-2012"
    certified: Certification = Certification.NO

    def availability(self) -> Availability:
        """Look for openssl and the engine, and whether they answer rightly."""
        engine = _find()
        if isinstance(engine, Availability):
            return engine
        try:
            done = engine.run("dgst", "-md_gost12_256", "-r", data=_KNOWN_TEXT)
        except SigningFault as fault:
            return Availability(ok=False, why=fault.message, remedy=fault.remedy)
        if done.stdout.split(b" ")[0] != _KNOWN_DIGEST.encode():
            return Availability(
                ok=False, why="Движок ГОСТ не загружается или считает неверно.", remedy=_INSTALL
            )
        return Availability(ok=True)

    def self_test(self) -> SelfTest:
        """Sign with a throwaway key; our own arithmetic checks."""
        found = _find()
        if isinstance(found, Availability):
            return SelfTest(ok=False, sentence=found.why)
        key = found.run(
            *("genpkey", "-algorithm", "gost2012_256", "-pkeyopt", "paramset:XA")
        ).stdout
        value = found.run("dgst", "-md_gost12_256", "-sign", _Secret(key), data=_KNOWN_TEXT).stdout
        public = found.run("pkey", "-pubout", "-outform", "DER", "-in", _Secret(key)).stdout
        try:
            own = gost_public_key(public)
        except ValueError:
            own = None
        ours = own is not None and own.verifies(bytes.fromhex(_KNOWN_DIGEST), value)
        told = "пробная подпись верна" if ours else "пробная подпись не сошлась"
        return SelfTest(ours, told)

    def open(self, source: KeySource, at: dt.datetime) -> GostSigner:
        """Open an encrypted PKCS#8 key with its certificate file; a trial signature proves both.

        Raises SigningFault when the engine, key, pass phrase or certificate does not do.
        """
        engine = _find()
        if isinstance(engine, Availability):
            raise SigningFault(engine.why, where="gost", remedy=engine.remedy)
        if source.path is None or source.certificate is None:
            raise SigningFault(
                "Для ключа ГОСТ нужны два файла: ключ и его сертификат.",
                remedy="Укажите оба: --key КЛЮЧ --certificate СЕРТИФИКАТ.",
            )
        where = str(source.path)
        if not source.passphrase:
            raise SigningFault(
                "Парольная фраза ключа пуста.",
                where=where,
                remedy="Укажите парольную фразу: ключ без неё программа не принимает.",
            )
        key = read_private(source.path, MAXIMAL_KEY_FILE_BYTES)
        if b"-----BEGIN ENCRYPTED PRIVATE KEY-----" not in key:
            raise SigningFault(
                "Ключ лежит в файле открыто, без парольной фразы, или это файл другого вида.",
                where=where,
                remedy="Нужен зашифрованный PKCS#8: openssl pkcs8 -topk8 -in КЛЮЧ -out НОВЫЙ.",
            )
        holder, *others = read_certificates(source.certificate)
        public = public_key(holder)
        if not isinstance(public, GostPublicKey):
            raise SigningFault(
                "Сертификат не для ключа ГОСТ Р 34.10-2012.",
                where=str(source.certificate),
                remedy="Для ключей RSA и ECDSA возьмите средство software.",
            )
        digest_oid, signature_oid = _KINDS[public.curve.size]
        signer = GostSigner(
            where,
            holder,
            issuers_of(holder, others),
            key,
            source.passphrase,
            engine,
            digest_oid,
            signature_oid,
        )
        trial = signer.sign_raw(_KNOWN_TEXT)
        if not algorithms.is_signed(public, signature_oid, _KNOWN_TEXT, trial):
            raise SigningFault(
                "Закрытый ключ и сертификат не подходят друг к другу.",
                where=where,
                remedy="Возьмите сертификат, который выдан на этот ключ.",
            )
        require_fit(holder, at, where)
        return signer


def _find() -> _Engine | Availability:
    program = shutil.which("openssl")
    if program is None:
        return Availability(
            ok=False,
            why="Нет программы openssl.",
            remedy="Установите её (Debian: apt-get install openssl).",
        )
    for place in _PLACES:
        for library in sorted(Path("/").glob(place.lstrip("/"))):
            return _Engine(program, library)
    return Availability(ok=False, why="Движка ГОСТ для OpenSSL на компьютере нет.", remedy=_INSTALL)


BACKEND = GostBackend()
