"""toancanh rules: what makes an alert; trying a rule against the past."""

from typing import Annotated

from cyclopts import App, Parameter

app = App(name="rules", help="Các luật cảnh báo. / The rules: what makes an alert.", help_format="plaintext")


@app.default
def rules(*, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Các luật cảnh báo. / The rules: kind, version, how often each fired within thirty days.

    Parameters
    ----------
    json
        Print {"items","total"}.
    """
    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.alerts import access, catalogue

    found = catalogue.entries(access.visible(None, None))
    if json:
        output.as_json({"items": [catalogue.as_dict(each) for each in found], "total": len(found)})
        return 0
    rows = [
        {
            "code": each.code,
            "title": str(each.rule.title) if each.rule else "",
            "kind": each.kind_title,
            "enabled": bool(each.rule and each.rule.enabled),
            "version": each.rule.version if each.rule else None,
            "fired": output.number(each.fired),
            "firing": output.number(each.firing),
            "problem": each.problem.what if each.problem else "",
        }
        for each in found
    ]
    heads = [("code", _("Mã")), ("title", _("Luật")), ("kind", _("Loại")), ("enabled", _("Đang dùng"))]
    heads += [("version", _("Bản số")), ("fired", _("Báo trong 30 ngày")), ("firing", _("Đang báo"))]
    output.as_table(rows, [*heads, ("problem", _("Lỗi gần nhất"))])
    return 0


@app.command(name="try")
def try_out(
    code: str,
    /,
    *,
    since: Annotated[str, Parameter(name="--from")],
    until: Annotated[str, Parameter(name="--to")],
    draft: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Thử một luật với quá khứ, không ghi gì. / What a rule would have done in days that are past; writes nothing.

    Ví dụ / Example: toancanh rules try dossiers.on_time_rate --from 2026-10-01 --to 2026-10-31

    Parameters
    ----------
    code
        Code of the rule.
    since
        First day.
    until
        Last day.
    draft
        Try its draft instead of what is in force.
    json
        Print what the HTTP API answers.
    """
    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.alerts import catalogue, listing, trials
    from toancanh.alerts import rules as known
    from toancanh.cli.moments import day

    first, last = day("--from", since), day("--to", until)
    assert first is not None and last is not None  # noqa: S101, PT018 - both are required
    trial = known.try_out(catalogue.wanted(code, draft=draft), first, last)
    if json:
        output.as_json(trials.as_dict(trial))
        return 0
    by_code = {trial.rule.code: trial.rule}
    rows = [
        {
            "fired": alert.fired_at,
            "cleared": alert.cleared_at,
            "severity": alert.severity,
            "what": told.what,
            "where": told.where,
        }
        for alert in trial.alerts
        for told in [listing.told(alert, by_code)]
    ]
    if rows:
        heads = [("fired", _("Báo lúc")), ("cleared", _("Hết lúc")), ("severity", _("Mức")), ("what", _("Việc"))]
        output.as_table(rows, [*heads, ("where", _("Ở đâu"))])
    output.say(
        _("Luật {code} lẽ ra báo {fired} lần, với {subjects} đối tượng, theo số liệu biết đến hôm nay.").format(
            code=code, fired=output.number(trial.fired), subjects=output.number(len(trial.subjects))
        )
    )
    if trial.storms:
        output.note(_("Có {count} lúc luật báo quá nhiều và sẽ bị giữ lại.").format(count=output.number(trial.storms)))
    output.note(trial.remark)
    return 0
