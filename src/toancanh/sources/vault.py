"""Vault: the secrets of connectors, encrypted with a key that is drawn from the installation's own."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from toancanh.base import home
from toancanh.base.problems import Problem

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


def locked(secrets: Mapping[str, str]) -> str:
    """Secrets by name as they are stored; empty for none."""
    told = {name: secret for name, secret in secrets.items() if secret}
    return _fernet().encrypt(json.dumps(told).encode()).decode() if told else ""


def opened(stored: str) -> dict[str, str]:
    """The secrets of `locked`. Raises source.secrets where they were locked with another key."""
    if not stored:
        return {}
    from cryptography.fernet import InvalidToken

    try:
        return dict(json.loads(_fernet().decrypt(stored.encode())))
    except InvalidToken:
        raise Problem("source.secrets") from None


def mark(stored: str) -> str:
    """What tells one state of locked secrets from another, and nothing of them."""
    return hashlib.blake2b(stored.encode(), digest_size=8).hexdigest()


def _fernet() -> "Fernet":
    # Eight megabytes, and most processes open no secret.
    from cryptography.fernet import Fernet
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    key = HKDF(SHA256(), 32, None, b"toancanh.sources.vault").derive(home.current().secret_key().encode())
    return Fernet(base64.urlsafe_b64encode(key))
