"""toancanh user: people who may log in."""

import os
import sys
from typing import Annotated

from cyclopts import App, Parameter

app = App(name="user", help="Tài khoản người dùng. / People who may log in.", help_format="plaintext")


@app.command
def create(name: str, /, *, role: str, unit: str = "") -> int:
    """Tạo tài khoản. / Create a user; the password is asked for, or read from standard input.

    Ví dụ / Example: toancanh user create lan --role officer --unit gso:24133

    Parameters
    ----------
    name
        What the person logs in with.
    role
        leader, operator, officer, head, steward or admin.
    unit
        The unit whose data he sees, with everything under it; empty: the whole installation. An officer needs one.
    """
    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.access.actions import create_user
    from toancanh.units import labels

    user = create_user(name, role, unit, password=_password(_("Mật khẩu: ")), actor=_actor())
    output.say(_("Đã tạo tài khoản {name} ({role}).").format(name=user.username, role=user.get_role_title()))
    if user.unit:
        output.say(_("Tài khoản này xem được dữ liệu của {unit}.").format(unit=labels.name(user.unit)))
    else:
        output.say(_("Tài khoản này xem được dữ liệu của mọi đơn vị."))
    return 0


@app.command(name="list")
def list_(*, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Các tài khoản. / The users: role, unit, whether they may log in.

    Ví dụ / Example: toancanh user list --json

    Parameters
    ----------
    json
        Print {"items","total"}.
    """
    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.access import listing
    from toancanh.access.roles import TITLES, Role
    from toancanh.base.clock import parse_moment

    items = listing.users()
    if json:
        output.as_json({"items": items, "total": len(items)})
        return 0
    rows = [
        {
            **item,
            "role": TITLES[Role(item["role"])],
            "unit": f"{item['unit_name']} ({item['unit']})" if item["unit"] else _("mọi đơn vị"),
            "last_login": parse_moment(item["last_login"]) if item["last_login"] else None,
        }
        for item in items
    ]
    heads = [("username", _("Tài khoản")), ("name", _("Tên")), ("role", _("Vai trò")), ("unit", _("Đơn vị"))]
    heads += [("active", _("Đăng nhập được")), ("demo", _("Tài khoản mẫu")), ("last_login", _("Đăng nhập gần nhất"))]
    output.as_table(rows, heads)
    return 0


@app.command
def password(name: str, /) -> int:
    """Đặt mật khẩu mới; các phiên đang mở kết thúc. / Set a new password; open sessions end.

    The password is asked for, or read from standard input.

    Ví dụ / Example: toancanh user password lan

    Parameters
    ----------
    name
        What the person logs in with.
    """
    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.access import actions

    user = actions.get(name)
    actions.set_password(user, _password(_("Mật khẩu mới: ")), actor=_actor())
    output.say(_("Đã đặt mật khẩu mới cho {name}; các phiên đang mở đã kết thúc.").format(name=user.username))
    return 0


@app.command
def disable(name: str, /) -> int:
    """Khoá tài khoản; các phiên đang mở kết thúc. / Let a user in no more; open sessions end.

    Ví dụ / Example: toancanh user disable lan

    Parameters
    ----------
    name
        What the person logs in with.
    """
    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.access import actions

    user = actions.get(name)
    actions.disable(user, actor=_actor())
    output.say(_("Đã khoá tài khoản {name}; các phiên đang mở đã kết thúc.").format(name=user.username))
    return 0


@app.command
def enable(name: str, /) -> int:
    """Mở lại tài khoản đã khoá. / Let a disabled user in again.

    Ví dụ / Example: toancanh user enable lan

    Parameters
    ----------
    name
        What the person logs in with.
    """
    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.access import actions

    user = actions.get(name)
    actions.enable(user, actor=_actor())
    output.say(_("Đã mở lại tài khoản {name}.").format(name=user.username))
    return 0


def _actor() -> tuple[str, str]:
    return ("os", os.environ.get("USER", "root"))


def _password(prompt: str) -> str:
    if sys.stdin.isatty():
        from getpass import getpass

        return getpass(prompt)
    return sys.stdin.readline().rstrip("\n")
