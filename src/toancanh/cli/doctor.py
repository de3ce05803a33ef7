"""toancanh doctor: what is wrong with this installation, in words."""

from typing import Annotated

from cyclopts import Parameter


def doctor(*, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Khám toàn bộ cài đặt. / What is wrong with this installation, in words; exit code 1 if anything is.

    Parameters
    ----------
    json
        Print {"items","total"}: check, level, what, remedy.
    """
    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.base import checks
    from toancanh.config import health

    health.register()
    results = checks.run()
    items = [
        {"check": name, "level": finding.level, **finding.explain()._asdict()}
        for name, findings in results.items()
        for finding in findings
    ]
    wrong = any(item["level"] == "error" for item in items)
    if json:
        output.as_json({"items": items, "total": len(items)})
        return 1 if wrong else 0
    for name, findings in results.items():
        if not findings:
            output.say(f"✓ {name}")
        for finding in findings:
            explanation = finding.explain()
            sign = {"error": "✗", "warning": "!", "info": "·"}[finding.level]
            output.say(f"{sign} {name}: {explanation.what} {explanation.remedy}")
    if not items:
        output.say(_("Không phát hiện vấn đề nào."))
    return 1 if wrong else 0
