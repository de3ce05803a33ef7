"""toancanh alerts: what is wrong now."""

from typing import Annotated

from cyclopts import Parameter


def alerts(
    *,
    all_: Annotated[bool, Parameter(name="--all", negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Cảnh báo đang có. / The alerts that fire now: those nobody has taken on first, then the worst.

    Parameters
    ----------
    all_
        Also those that cleared within the last seven days.
    json
        Print {"items","total"}.
    """
    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.alerts import access, listing, rules
    from toancanh.alerts.models import Alert

    wanted = listing.Wanted("" if all_ else Alert.State.FIRING)
    found = listing.narrowed(access.visible(None, None), wanted)
    if json:
        items = listing.for_programs(found)
        output.as_json({"items": items, "total": len(items)})
        return 0
    known = rules.known()
    told = [listing.told(alert, known) for alert in found.select_related("silence")]
    if not told:
        output.say(_("Không có cảnh báo nào."))
        return 0
    rows = [
        {
            "severity": each.alert.severity,
            "state": each.alert.get_state_display(),
            "what": each.what,
            "where": each.where,
            "owner": each.owner,
            "since": each.since,
            "by": each.alert.acknowledged_by,
            "held": str(listing.held(each.alert)),
            "cleared": each.alert.cleared_at,
        }
        for each in told
    ]
    heads = [("severity", _("Mức")), ("state", _("Trạng thái")), ("what", _("Việc")), ("where", _("Ở đâu"))]
    heads += [("owner", _("Đơn vị")), ("since", _("Từ lúc")), ("by", _("Người tiếp nhận"))]
    output.as_table(rows, [*heads, ("held", _("Bị giữ lại")), ("cleared", _("Hết lúc"))])
    return 0
