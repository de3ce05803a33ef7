"""toancanh notices: what people were told, and what became of it."""

from typing import Annotated

from cyclopts import App, Parameter

app = App(name="notices", help="Thông báo đã gửi. / What people were told.", help_format="plaintext")


@app.default
def notices(*, state: str = "", json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Thông báo, mới nhất trước. / The notices, newest first, and what became of each at each address.

    Ví dụ / Example: toancanh notices --state dead --json

    Parameters
    ----------
    state
        waiting, failed, sent, unknown, dead, suppressed or inside; all if not given.
    json
        Print {"items","total"}, without page limit.
    """
    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.alerts.notices import listing
    from toancanh.alerts.notices.models import Notice
    from toancanh.base.problems import Problem

    if state and state not in Notice.State.values:
        raise Problem("notices.state", state=state, states=", ".join(Notice.State.values))
    found = listing.notices(state)
    if json:
        items = [listing.as_dict(each) for each in found]
        output.as_json({"items": items, "total": len(items)})
        return 0
    told = [listing.told(each) for each in found]
    rows = [
        {
            "notice": each.notice.pk,
            "at": each.notice.at,
            "person": each.notice.person.username,
            "severity": each.notice.severity,
            "subject": each.subject,
            "state": each.notice.get_state_display(),
            "ways": "; ".join(" ".join(filter(None, [f"{way.channel}:", way.words, way.problem])) for way in each.ways),
        }
        for each in told
    ]
    heads = [("notice", _("Số")), ("at", _("Lúc")), ("person", _("Người nhận")), ("severity", _("Mức"))]
    heads += [("subject", _("Việc")), ("state", _("Trạng thái")), ("ways", _("Qua kênh"))]
    output.as_table(rows, heads)
    output.note(_("{count} thông báo").format(count=output.number(len(rows))))
    return 0


@app.command
def retry(number: int, /) -> int:
    """Gửi lại một thông báo. / Send a notice once more that did not arrive, or of which nobody knows.

    Ví dụ / Example: toancanh notices retry 12

    Parameters
    ----------
    number
        The notice, as `toancanh notices` lists it.
    """
    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.alerts.notices import actions
    from toancanh.base import audit

    actions.send_again(number, actor=audit.SYSTEM)
    output.say(_("Thông báo {number} sẽ được gửi lại.").format(number=number))
    return 0
