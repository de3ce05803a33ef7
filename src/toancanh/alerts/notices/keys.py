"""Keys: the key pair by which push services know this installation, made at first need and kept in its home."""

import base64
import os
import secrets
from contextlib import suppress

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from toancanh.base import home


def private_pem() -> bytes:
    """The private key (P-256, PEM), 0600 in the home."""
    file = home.current().path / "push.key"
    if not file.exists():
        made = ec.generate_private_key(ec.SECP256R1())
        draft = file.with_suffix(f".{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
            handle.write(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        with suppress(FileExistsError):  # whoever comes first decides; everybody reads the same
            os.link(draft, file)
        draft.unlink()
    return file.read_bytes()


def public() -> str:
    """The public key as a browser wants it for a subscription: the point, base64url."""
    key = load_pem_private_key(private_pem(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101 - it was made as one
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).decode().rstrip("=")
