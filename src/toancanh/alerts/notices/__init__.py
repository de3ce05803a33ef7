"""Notices: the only sender of messages. `tell` puts one down, `guard` says who may be told of a kind of object."""

from toancanh.alerts.notices.sight import guard as guard
from toancanh.alerts.notices.telling import tell as tell
from toancanh.alerts.notices.telling import tell_all as tell_all
