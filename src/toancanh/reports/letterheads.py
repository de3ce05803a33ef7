"""Letterheads: who issues the documents of this installation, as data that people change and publish."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from toancanh.base import clock, versions
from toancanh.base.problems import Problem, Words
from toancanh.base.problems import register as register_problems
from toancanh.reports.formal import Letterhead, Signer
from toancanh.units import labels

KIND = "letterhead"
CODE = "centre"

register_problems(
    {"letterhead.wrong": Words(_("Thông tin cơ quan ban hành thiếu {name}."), _("Điền mục này rồi lưu lại."), 422)},
)


def in_force() -> Letterhead:
    """The letterhead that documents get now."""
    return read(versions.current(KIND, CODE).definition)


def read(data: Mapping[str, Any]) -> Letterhead:
    """A letterhead from data. Raises letterhead.wrong."""
    for name, title in (
        ("superior", _("cơ quan chủ quản")),
        ("issuer", _("cơ quan ban hành")),
        ("place", _("địa danh")),
    ):
        if not data.get(name):
            raise Problem("letterhead.wrong", where=name, name=title)
    signer = data.get("signer") or {}
    return Letterhead(
        superior=str(data["superior"]),
        issuer=tuple(str(line) for line in data["issuer"]),
        symbol=str(data.get("symbol") or ""),
        place=str(data["place"]),
        signer=Signer(
            str(signer.get("position") or ""), str(signer.get("name") or ""), str(signer.get("competence") or "")
        ),
        filed=str(data.get("filed") or ""),
    )


def _shipped() -> dict[str, dict[str, Any]]:
    province = labels.name(str(settings.PROVINCE), clock.today())
    return {CODE: _data(Letterhead.of_province(province))}


def _check(code: str, definition: versions.Definition) -> versions.Definition:
    return _data(read(definition))


def _data(letterhead: Letterhead) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(json.dumps(asdict(letterhead)))
    return data


versions.register(versions.Kind(KIND, _("cơ quan ban hành"), _shipped, _check))
