"""toancanh alerts: what is wrong now."""

from typing import Annotated

from cyclopts import Parameter


def alerts(
    *,
    all_: Annotated[bool, Parameter(name="--all", negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Cảnh báo đang có. / The alerts that fire now, worst first.

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

    from toancanh.alerts import listing
    from toancanh.alerts.models import Alert

    found = listing.alerts("" if all_ else Alert.State.FIRING)
    if json:
        items = [listing.as_dict(alert) for alert in found.prefetch_related("changes")]
        output.as_json({"items": items, "total": len(items)})
        return 0
    told = [listing.told(alert) for alert in found]
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
            "cleared": each.alert.cleared_at,
        }
        for each in told
    ]
    heads = [("severity", _("Mức")), ("state", _("Trạng thái")), ("what", _("Việc")), ("where", _("Ở đâu"))]
    heads += [("owner", _("Đơn vị")), ("since", _("Từ lúc")), ("cleared", _("Hết lúc"))]
    output.as_table(rows, heads)
    return 0
