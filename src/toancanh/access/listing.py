"""Lists of users as programs read them."""

from typing import Any

from toancanh.access.models import User
from toancanh.base.clock import stamp
from toancanh.units import labels


def users() -> list[dict[str, Any]]:
    """Every user by name: role, unit (empty: the whole installation), whether he may log in."""
    return [
        {
            "username": user.username,
            "name": user.name,
            "role": user.role,
            "unit": user.unit,
            "unit_name": labels.name(user.unit),
            "active": user.is_active,
            "demo": user.demo,
            "simulated": user.simulated,
            "created_at": stamp(user.date_joined),
            "last_login": stamp(user.last_login) if user.last_login else None,
        }
        for user in User.objects.order_by("username")
    ]
