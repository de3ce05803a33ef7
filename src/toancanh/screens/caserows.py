"""Rows of the list of cases. A page has many, so they are put together here: a template takes twice as long."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from toancanh.cases.listing import Told
from toancanh.cases.models import Case
from toancanh.screens.templatetags.icons import icon
from toancanh.screens.templatetags.numbers import number
from toancanh.screens.templatetags.times import iso, moment


@dataclass(frozen=True)
class Row:
    """What the list shows of a case."""

    told: Told

    @property
    def case(self) -> Case:
        """The case."""
        return self.told.case

    @property
    def edge(self) -> str:
        """The class of the row."""
        return " edge-bad" if self.told.overdue else ""

    @property
    def sign(self) -> SafeString:
        """How it stands, as a sign."""
        if not self.case.is_open:
            return icon("circle-check", "is-good", _("Đã đóng"))
        if self.told.overdue:
            return icon("alert-triangle-filled", "is-bad", _("Quá hạn trả lời"))
        if self.case.answered_at:
            return icon("message-check", "", _("Đã trả lời"))
        return icon("square-rotated-filled", "is-warn", _("Chờ trả lời"))

    @property
    def counted(self) -> SafeString:
        """How many records stand in it, how many of them wait, and what else is to be known at once."""
        case = self.case
        text = ngettext("{told} mục", "{told} mục", case.count).format(told=number(case.count))
        if case.is_open and case.left:
            text += ", " + _("{left} chờ trả lời").format(left=number(case.left))
        asked = format_html(" · <strong>{}</strong>", _("xin gia hạn")) if case.extended == "asked" else ""
        return format_html("{}{}{}", text, asked, " · " + _("mô phỏng") if case.simulated else "")

    @property
    def stands(self) -> str:
        """Its state, and how it ended."""
        return f"{self.told.state}: {self.case.get_outcome_display()}" if self.case.outcome else self.told.state

    @property
    def time(self) -> SafeString:
        """The time that is left for an answer; when it was answered or closed."""
        case, told = self.case, self.told
        if case.is_open and not case.answered_at:
            shown = format_html("{}<br><small>{} {}</small>", told.left, _("hạn"), _moment(case.due_at))
        else:
            word, at = (_("đóng"), case.closed_at) if case.closed_at else (_("trả lời"), case.answered_at)
            late = format_html('<br><span class="is-bad">{}</span>', _("trễ hạn")) if case.late else ""
            shown = format_html("<small>{} {}{}</small>", word, _moment(at), late)
        return format_html('<p class="problem-time{}">{}</p>', " is-bad" if told.overdue else "", shown)


def _moment(at: datetime | None) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', iso(at), moment(at))
