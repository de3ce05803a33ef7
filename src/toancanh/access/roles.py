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
    ALERTS_WRITE = "alerts.write"  # acknowledge, silence, merge, hand over the shift
    RULES_READ = "rules.read"
    RULES_WRITE = "rules.write"
    CASES_READ = "cases.read"
    CASES_WRITE = "cases.write"  # what in particular, the workflow of the case says
    CASES_LEAD = "cases.lead"  # how all units answer; remind
    MESSAGES_READ = "messages.read"
    MESSAGES_WRITE = "messages.write"
    CHANNELS_WRITE = "channels.write"


class Role(StrEnum):
    """What a person does at the centre."""

    LEADER = "leader"
    OPERATOR = "operator"
    OFFICER = "officer"
    HEAD = "head"
    STEWARD = "steward"
    ADMIN = "admin"


_P = Permission
_READ = {_P.FIGURES_READ, _P.RECORDS_READ, _P.UNITS_READ, _P.CASES_READ}
_MESSAGES = {_P.MESSAGES_READ, _P.MESSAGES_WRITE}
_SOURCES = {_P.SOURCES_READ, _P.QUARANTINE_READ}
_RULES = {_P.RULES_READ, _P.RULES_WRITE}
_WATCH = {_P.ALERTS_WRITE, _P.RULES_READ, _P.CASES_WRITE, _P.CASES_LEAD}

# Roles that see and do something at a unit of their own only.
OF_A_UNIT = frozenset({Role.OFFICER, Role.HEAD})

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.LEADER: frozenset(_READ | {_P.SOURCES_READ, _P.RULES_READ, _P.CASES_WRITE, _P.CASES_LEAD}),
    Role.OPERATOR: frozenset(_READ | _SOURCES | _WATCH | _MESSAGES | {_P.METRICS_READ}),
    Role.OFFICER: frozenset(_READ | {_P.CASES_WRITE}),
    Role.HEAD: frozenset(_READ | {_P.CASES_WRITE}),
    Role.STEWARD: frozenset(_READ | _SOURCES | _RULES | {_P.SOURCES_WRITE, _P.LOADS_WRITE}),
    Role.ADMIN: frozenset(_P),
}

TITLES: dict[Role, str | Promise] = {
    Role.LEADER: _("Lãnh đạo"),
    Role.OPERATOR: _("Trực điều hành"),
    Role.OFFICER: _("Cán bộ đơn vị"),
    Role.HEAD: _("Lãnh đạo đơn vị"),
    Role.STEWARD: _("Quản lý dữ liệu"),
    Role.ADMIN: _("Quản trị"),
}
