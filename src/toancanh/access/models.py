"""People who may log in, and the log-ins that failed."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from toancanh.access.roles import GRANTS, TITLES, Permission, Role


class UserManager(BaseUserManager["User"]):
    """Finds users by their name, without regard to case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """The user of that name. Raises User.DoesNotExist."""
        return self.get(username__iexact=username)


class User(AbstractBaseUser):
    """A person with one role, at one unit; an empty unit means the whole installation.

    `demo` is an account of the sample for whoever tries it, `simulated` one that a program plays; both are let in on a
    loopback address only.
    """

    username = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=20, choices=[(role.value, TITLES[role]) for role in Role])
    unit = models.CharField(max_length=80, blank=True)
    demo = models.BooleanField(default=False)
    simulated = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name", "role"]

    class Meta:
        app_label = "access"

    def may(self, permission: Permission) -> bool:
        """Whether the role grants it."""
        return self.is_active and permission in GRANTS[Role(self.role)]

    def get_role_title(self) -> str:
        """The role in words of the active language."""
        return str(TITLES[Role(self.role)])


class LoginFailure(models.Model):
    """A wrong password, kept to slow down whoever guesses."""

    username = models.CharField(max_length=60, db_index=True)
    address = models.CharField(max_length=60, db_index=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "access"
