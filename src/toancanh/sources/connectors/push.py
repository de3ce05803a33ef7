"""Push: a source that sends signed messages to us by itself (Standard Webhooks)."""

import base64
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook, WebhookVerificationError

from toancanh.base.problems import Problem
from toancanh.sources import objects
from toancanh.sources.connectors.connector import Connector, Option, Row, Shape

LARGEST = 5 << 20  # bytes of one message
MOST = 5000  # rows of one message
SHORTEST = 24  # characters of a key
_REASONS = {
    "Missing required headers": _("thiếu tiêu đề webhook-id, webhook-timestamp hoặc webhook-signature"),
    "Invalid Signature Headers": _("webhook-timestamp không phải là số giây"),
    "Message timestamp too old": _("thông điệp cũ hơn 5 phút, hoặc đồng hồ hai bên lệch nhau"),
    "Message timestamp too new": _("thông điệp ở tương lai hơn 5 phút, hoặc đồng hồ hai bên lệch nhau"),
}


class Push(Connector):
    """Waits to be told: each message bears an id, a time and a signature over both and the body."""

    kind = "push"
    title = _("Hệ thống tự gửi đến (webhook có ký)")
    pushed = True
    options = (
        Option(
            "secret",
            _("Khoá ký"),
            Shape.SECRET,
            required=True,
            help=_("Ít nhất 24 ký tự base64, có thể bắt đầu bằng whsec_; hệ thống gửi ký bằng chính khoá này."),
        ),
        Option(
            "items",
            _("Nơi chứa các dòng"),
            help=_("Đường dẫn trong thông điệp; để trống nếu thông điệp là một dòng hoặc một danh sách."),
        ),
    )

    @classmethod
    def check(cls, options: Mapping[str, Any]) -> None:
        """Refuse a key that is none. Raises connector.option."""
        key = options["secret"].removeprefix("whsec_")
        try:
            base64.b64decode(key + "=" * (-len(key) % 4), validate=True)
        except ValueError:
            raise Problem("connector.option", option="secret", reason=str(_("không phải base64"))) from None
        if len(key) < SHORTEST:
            raise Problem("connector.option", option="secret", reason=str(_("ngắn quá, dễ đoán")))

    def rows(self, body: bytes, headers: Mapping[str, str]) -> list[Row]:
        """The rows of a message. Raises push.signature and push.body."""
        try:
            Webhook(self.told["secret"]).verify(body, dict(headers), json_parse=False)
        except (WebhookVerificationError, EmptyWebhookSecretError, ValueError) as error:
            raise Problem("push.signature", reason=str(_REASONS.get(str(error), _("chữ ký không khớp")))) from None
        try:
            content = objects.loads(body)
        except (ValueError, RecursionError) as error:
            raise Problem("push.body", reason=str(error)) from None
        for key in (self.told["items"] or "").split(".") if self.told["items"] else []:
            content = content.get(key) if isinstance(content, dict) else None
        found: Any = [content] if isinstance(content, dict) else content
        if not isinstance(found, list) or len(found) > MOST:
            raise Problem(
                "push.body", reason=str(_("cần một dòng hoặc một danh sách đến {most} dòng")).format(most=MOST)
            )
        return found
