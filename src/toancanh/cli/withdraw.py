"""toancanh withdraw: take a wrong load back."""


def withdraw(number: int, /, *, reason: str) -> int:
    """Rút một lần nạp sai; không xoá gì. / Take a wrong load back: an event, nothing is deleted.

    Parameters
    ----------
    number
        The load's number, as `toancanh load` printed it.
    reason
        Why; kept in the audit log.
    """
    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.base import audit
    from toancanh.sources import actions

    load = actions.get(number)
    actions.withdraw(load, reason, actor=audit.SYSTEM)
    output.say(_("Đã rút lần nạp {number} ({name}).").format(number=load.pk, name=load.filename))
    return 0
