"""toancanh auditor: what is stuck, and since when."""

from typing import Annotated

from cyclopts import Parameter


def auditor(*, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Việc đang tắc, từ bao giờ. / What is stuck, and since when; exit code 1 where something is.

    Parameters
    ----------
    json
        Print {"items","total"}: check, level, what, remedy, since.
    """
    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.base import checks, clock

    items = [
        {
            "check": name,
            "level": finding.level,
            **finding.explain()._asdict(),
            "since": clock.stamp(finding.since) if finding.since else None,
        }
        for name, findings in checks.run().items()
        for finding in findings
        if finding.level != "info"
    ]
    if json:
        output.as_json({"items": items, "total": len(items)})
    elif not items:
        output.say(_("Không có việc gì bị tắc."))
    else:
        for item in items:
            since = f" ({item['since']})" if item["since"] else ""
            output.say(f"{'✗' if item['level'] == 'error' else '!'} {item['what']}{since} {item['remedy']}")
    return 1 if items else 0
