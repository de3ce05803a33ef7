"""Roles: what each kind of user may do. Where he may do it is his scope."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Permission(StrEnum):
    """One thing a gate can ask for."""

    FIGURES_READ = "figures.read"
    RECORDS_READ = "records.read"
    UNITS_READ = "units.read"
    SOURCES_READ = "sources.read"
    SOURCES_WRITE = "sources.write"
    QUARANTINE_READ = "quarantine.read"
    LOADS_WRITE = "loads.write"
    USERS_WRITE = "users.write"
    METRICS_READ = "metrics.read"
    MESSAGES_READ = "messages.read"
    MESSAGES_WRITE = "messages.write"
    CHANNELS_WRITE = "channels.write"


class Role(StrEnum):
    """What a person does at the centre."""

    LEADER = "leader"
    OPERATOR = "operator"
    OFFICER = "officer"
    STEWARD = "steward"
    ADMIN = "admin"


_P = Permission
_READ = {_P.FIGURES_READ, _P.RECORDS_READ, _P.UNITS_READ}
_MESSAGES = {_P.MESSAGES_READ, _P.MESSAGES_WRITE}
_SOURCES = {_P.SOURCES_READ, _P.QUARANTINE_READ}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.LEADER: frozenset(_READ | {_P.SOURCES_READ}),
    Role.OPERATOR: frozenset(_READ | _SOURCES | _MESSAGES | {_P.METRICS_READ}),
    Role.OFFICER: frozenset(_READ),
    Role.STEWARD: frozenset(_READ | _SOURCES | {_P.SOURCES_WRITE, _P.LOADS_WRITE}),
    Role.ADMIN: frozenset(
        _READ
        | _SOURCES
        | _MESSAGES
        | {_P.SOURCES_WRITE, _P.LOADS_WRITE, _P.USERS_WRITE, _P.METRICS_READ, _P.CHANNELS_WRITE}
    ),
}

TITLES: dict[Role, str | Promise] = {
    Role.LEADER: _("Lãnh đạo"),
    Role.OPERATOR: _("Trực điều hành"),
    Role.OFFICER: _("Cán bộ đơn vị"),
    Role.STEWARD: _("Quản lý dữ liệu"),
    Role.ADMIN: _("Quản trị"),
}
