"""The backend `pkcs11`: a key that never leaves its token (PKCS#11 2.40), RSA or ECDSA P-256.

The content is hashed here, the attributes are signed on the token. Tokens with keys of ГОСТ were
not at hand: they are not supported yet, and the backend says so.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pkcs11
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.exceptions import (
    MultipleTokensReturned,
    NoSuchToken,
    PinIncorrect,
    PinInvalid,
    PinLenRange,
    PinLocked,
    PKCS11Error,
)
from pkcs11.util.ec import encode_ecdsa_signature

from docgen.core.errors import SigningFault
from signing import algorithms
from signing.backends import Availability, KeySource, SelfTest
from signing.detached import sign_detached
from signing.holder import (
    CertificateHolder,
    read_certificates,
    require_fit,
    require_in_time,
)
from signing.interfaces import Certification, Hash, SignResult, Timestamper
from signing.trust import issuers_of, load_certificate, public_key

if TYPE_CHECKING:
    import datetime as dt

    from cryptography import x509


TOOL = "токен (PKCS#11)"

_PLACES = (
    "/usr/lib/librtpkcs11ecp.so",
    "/usr/lib/x86_64-linux-gnu/librtpkcs11ecp.so",
    "/usr/lib64/libjcPKCS11-2.so",
    "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so",
    "/usr/lib/softhsm/libsofthsm2.so",
)
"""Where the libraries of common tokens lie: Рутокен, JaCarta, OpenSC, SoftHSM."""

_TRIAL = b"docgen"


@dataclass(frozen=True, slots=True)
class TokenSigner(CertificateHolder):
    """An opened session with its key; made by `TokenBackend.open`."""

    key: Any = field(repr=False)
    signature_oid: str

    @property
    def digest_oid(self) -> str:
        """SHA-256."""
        return algorithms.SHA256

    def new_hash(self) -> Hash:
        """Start a running SHA-256."""
        return hashlib.sha256()

    def sign_raw(self, signed_attributes: bytes) -> bytes:
        """Make the signature value on the token. Raises SigningFault when it fails."""
        try:
            if self.signature_oid == algorithms.RSA:
                value: bytes = self.key.sign(signed_attributes, mechanism=Mechanism.SHA256_RSA_PKCS)
                return value
            # Many tokens know plain ECDSA only, over a digest made elsewhere.
            digest = hashlib.sha256(signed_attributes).digest()
            pair: bytes = self.key.sign(digest, mechanism=Mechanism.ECDSA)
            encoded: bytes = encode_ecdsa_signature(pair)
        except PKCS11Error as fault:
            raise SigningFault(
                f"Токен не подписал ({type(fault).__name__}).",
                where=self.where,
                remedy="Проверьте, что он вставлен, и повторите команду.",
            ) from fault
        return encoded

    def sign_file(
        self,
        source: Path,
        out: Path,
        *,
        signed_at: dt.datetime,
        timestamper: Timestamper | None = None,
    ) -> SignResult:
        """Write a detached CAdES signature (DER) of `source` to `out`: `detached.sign_detached`."""
        require_in_time(self.holder, signed_at, self.where)
        return sign_detached(
            self,
            source,
            out,
            signed_at=signed_at,
            tool=TOOL,
            certified=Certification.UNKNOWN,
            timestamper=timestamper,
        )


@dataclass(frozen=True, slots=True)
class TokenBackend:
    """Keys on tokens."""

    name: str = "pkcs11"
    title: str = "ключ на токене (PKCS#11): RSA, ECDSA; токены с ключами ГОСТ не проверены"
    certified: Certification = Certification.UNKNOWN

    def availability(self) -> Availability:
        """Look for the library of a token in its usual places."""
        if any(Path(place).is_file() for place in _PLACES):
            return Availability(ok=True)
        return Availability(
            ok=False,
            why="Библиотеки токена в обычных местах нет.",
            remedy="Установите библиотеку своего токена и впишите её путь: [signing] module.",
        )

    def self_test(self) -> SelfTest:
        """Load the libraries found; a token itself is asked for its PIN only when it signs."""
        for place in _PLACES:
            if not Path(place).is_file():
                continue
            try:
                slots = pkcs11.lib(place).get_slots(token_present=True)
            except (PKCS11Error, RuntimeError):
                continue
            told = f"библиотека {place} загружается, токенов: {len(slots)}"
            return SelfTest(ok=True, sentence=told)
        return SelfTest(ok=False, sentence="ни одна из найденных библиотек не загружается")

    def open(self, source: KeySource, at: dt.datetime) -> TokenSigner:
        """Open the key of the token `source.label`; the PIN is tried once and never again.

        Raises SigningFault when library, token, PIN, key or certificate does not do.
        """
        module = source.module or next(
            (Path(place) for place in _PLACES if Path(place).is_file()), None
        )
        if module is None:
            found = self.availability()
            raise SigningFault(found.why, where="pkcs11", remedy=found.remedy)
        where = f"токен {source.label}".strip()
        session = _session(module, source, where)
        holder, others, identifier = _certificate(session, source, where)
        key = _private_key(session, identifier, where)
        kind = public_key(holder)
        oid = _oid(kind, key.key_type, where)
        signer = TokenSigner(where, holder, issuers_of(holder, others), key, oid)
        digest = hashlib.sha256(_TRIAL).digest()
        if kind is None or not algorithms.signature_is_right(
            kind, oid, algorithms.SHA256, digest, signer.sign_raw(_TRIAL)
        ):
            raise SigningFault(
                "Ключ токена и сертификат не подходят друг к другу.",
                where=where,
                remedy="Возьмите сертификат, который выдан на этот ключ.",
            )
        require_fit(holder, at, where)
        return signer


def _session(module: Path, source: KeySource, where: str) -> Any:
    try:
        library = pkcs11.lib(str(module))
        token = library.get_token(token_label=source.label) if source.label else _only(library)
        return token.open(user_pin=source.passphrase)
    except (PinIncorrect, PinInvalid, PinLenRange) as fault:
        raise SigningFault(
            "ПИН-код токена неверен. Второй раз он не пробовался.",
            where=where,
            remedy="Проверьте ПИН-код: после нескольких ошибок токен блокируется.",
        ) from fault
    except PinLocked as fault:
        raise SigningFault(
            "ПИН-код токена заблокирован.",
            where=where,
            remedy="Разблокируйте токен его программой или у того, кто его выдал.",
        ) from fault
    except NoSuchToken as fault:
        raise SigningFault(
            "Токена нет.",
            where=where,
            remedy="Вставьте его и проверьте метку: [signing] token или --token.",
        ) from fault
    except MultipleTokensReturned as fault:
        raise SigningFault(
            "Вставлено несколько токенов, какой брать – неизвестно.",
            where=where,
            remedy="Назовите метку: --token МЕТКА.",
        ) from fault
    except (PKCS11Error, RuntimeError) as fault:
        raise SigningFault(
            f"Библиотека токена не работает ({type(fault).__name__}).",
            where=str(module),
            remedy="Проверьте путь к библиотеке: [signing] module в school.toml.",
        ) from fault


def _only(library: Any) -> Any:
    tokens = list(library.get_tokens())
    if not tokens:
        raise NoSuchToken
    if len(tokens) > 1:
        raise MultipleTokensReturned
    return tokens[0]


def _certificate(
    session: Any, source: KeySource, where: str
) -> tuple[x509.Certificate, list[x509.Certificate], bytes | None]:
    """The signer's certificate, others, and the identifier its key has on the token."""
    if source.certificate is not None:
        holder, *others = read_certificates(source.certificate)
        return holder, others, None
    keys = {key.id for key in session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})}
    found = []
    for item in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}):
        try:
            found.append((item[Attribute.ID], load_certificate(item[Attribute.VALUE])))
        except ValueError:
            continue
    own = [(identifier, one) for identifier, one in found if identifier in keys]
    if len(own) != 1:
        raise SigningFault(
            "На токене нет сертификата к ключу."
            if not own
            else "На токене несколько ключей с сертификатами, какой брать – неизвестно.",
            where=where,
            remedy="Назовите файл сертификата: --certificate ФАЙЛ.",
        )
    identifier, holder = own[0]
    return holder, [one for _, one in found if one != holder], identifier


def _private_key(session: Any, identifier: bytes | None, where: str) -> Any:
    wanted: dict[Any, Any] = {Attribute.CLASS: ObjectClass.PRIVATE_KEY}
    if identifier is not None:
        wanted[Attribute.ID] = identifier
    keys = list(session.get_objects(wanted))
    if len(keys) != 1:
        raise SigningFault(
            "На токене нет закрытого ключа."
            if not keys
            else "На токене несколько ключей, какой брать – неизвестно.",
            where=where,
            remedy="Проверьте токен его программой; нужен ключ вместе с сертификатом.",
        )
    return keys[0]


def _oid(certified: object, kind: KeyType, where: str) -> str:
    if isinstance(certified, rsa.RSAPublicKey) and kind is KeyType.RSA:
        return algorithms.RSA
    if isinstance(certified, ec.EllipticCurvePublicKey) and kind is KeyType.EC:
        return algorithms.ECDSA_SHA256
    raise SigningFault(
        "Ключ токена такого вида программа не поддерживает.",
        where=where,
        remedy="Нужен ключ RSA или ECDSA P-256. Для ключей ГОСТ возьмите КриптоПро (cryptopro).",
    )


BACKEND = TokenBackend()
