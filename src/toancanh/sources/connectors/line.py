"""The line to another machine: what goes wrong on it, in words, and how TLS is checked."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from toancanh.base import reasons
from toancanh.base.problems import Problem


def reason(error: BaseException) -> str:
    """What an error of the system or of a library says, in one line; of the system's in our words."""
    text = reasons.reason(error) if isinstance(error, OSError) else str(error)
    return " ".join(str(text or type(error).__name__).split())


@contextmanager
def reaching(place: str, timeout: float) -> Iterator[None]:
    """Tell why a machine is not reached: connector.unreachable, connector.timeout or connector.certificate."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise Problem("connector.certificate", place=place, reason=error.verify_message) from None
    except TimeoutError:
        raise Problem("connector.timeout", place=place, seconds=f"{timeout:g}") from None
    except UnicodeError:  # a name that no machine can have
        raise Problem("connector.unreachable", place=place, reason=reason(socket.gaierror())) from None
    except (OSError, EOFError) as error:
        raise Problem("connector.unreachable", place=place, reason=reason(error)) from None


def trust(authority: str | None) -> ssl.SSLContext:
    """TLS that believes known authorities, or this one (PEM) alone. Raises connector.option."""
    try:
        return ssl.create_default_context(cadata=authority or None)
    except (ssl.SSLError, ValueError, TypeError):  # TypeError: letters that no PEM holds
        told = _("không phải là chứng thư PEM")
        raise Problem("connector.option", option="authority", reason=told) from None
