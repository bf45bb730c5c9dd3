"""A stand-in for cryptcp: its arguments, its words in cp1251, its error codes.

It signs with `openssl cms` and the key named by FAKE_KEY and FAKE_CERTIFICATE; FAKE_MODE makes it
fail in one of the ways the real one does.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path


def say(text: str, code: str) -> int:
    sys.stdout.buffer.write(f"{text}\r\n[ErrorCode: 0x{code}]\r\n".encode("cp1251"))
    return int(code, 16) & 0xFF


def main() -> int:
    arguments = sys.argv[1:]
    if arguments == ["-help"]:
        return say("CryptCP 5.0 (c) учебная замена", "00000000")
    mode = os.environ.get("FAKE_MODE", "")
    flags = {"-sign", "-detached", "-der", "-cadesbes", "-nochain", "-norev"}
    place = arguments.index("-thumbprint")
    source, out = map(Path, arguments[place + 2 :])
    if set(arguments[:place]) != flags or any("pin" in one for one in arguments[:place]):
        return say("Неизвестный ключ командной строки.", "20000001")
    if mode == "hang":
        time.sleep(600)
    if mode.startswith("code:"):
        return say("Ошибка.", mode.removeprefix("code:"))
    certificate = Path(os.environ["FAKE_CERTIFICATE"])
    der = subprocess.run(
        ["openssl", "x509", "-in", certificate, "-outform", "DER"], check=True, capture_output=True
    ).stdout
    if hashlib.sha1(der, usedforsecurity=False).hexdigest() != arguments[place + 1]:
        return say("Сертификат не найден.", "2000012D")
    signed = source if mode != "other" else Path(__file__)
    if mode != "nothing":
        subprocess.run(
            [
                *("openssl", "cms", "-sign", "-binary", "-nosmimecap", "-cades"),
                *("-outform", "DER", "-md", "sha256", "-in", signed, "-out", out),
                *("-signer", certificate, "-inkey", os.environ["FAKE_KEY"]),
            ],
            check=True,
        )
    say("Подпись создана. Готово.", "00000000")
    return 1 if mode == "liar" else 0


if __name__ == "__main__":
    sys.exit(main())
