"""toancanh user: people who may log in."""

import os
import sys

from cyclopts import App

app = App(name="user", help="Tài khoản người dùng. / People who may log in.", help_format="plaintext")


@app.command
def create(name: str, /, *, role: str, unit: str = "") -> int:
    """Tạo tài khoản. / Create a user; the password is asked for, or read from standard input.

    Parameters
    ----------
    name
        What the person logs in with.
    role
        leader, operator, officer, steward or admin.
    unit
        The unit whose data he sees, with everything under it; empty: the whole installation.
    """
    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.access.actions import create_user

    user = create_user(
        name, role, unit, password=_password(_("Mật khẩu: ")), actor=("os", os.environ.get("USER", "root"))
    )
    output.say(_("Đã tạo tài khoản {name} ({role}).").format(name=user.username, role=user.get_role_title()))
    return 0


def _password(prompt: str) -> str:
    if sys.stdin.isatty():
        from getpass import getpass

        return getpass(prompt)
    return sys.stdin.readline().rstrip("\n")
