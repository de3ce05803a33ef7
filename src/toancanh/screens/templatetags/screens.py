"""Tags and filters of every template: numbers and times as read here, icons, small drawings."""

from django import template

from toancanh.screens.templatetags import drawings, icons, lists, numbers, times

register = template.Library()

register.filter("number", numbers.number)
register.filter("percent", numbers.percent)
register.filter("share", numbers.share)
register.filter("signed", numbers.signed)

register.filter("moment", times.moment)
register.filter("day", times.day)
register.filter("clock", times.clock)
register.filter("ago", times.ago)
register.filter("iso", times.iso)

register.filter("cell", lists.cell)
register.filter("raw", lists.raw)
register.filter("chart_rows", lists.chart_rows)
register.filter("ranked", lists.ranked)
register.filter("largest", lists.largest)
register.filter("total", lists.total)

register.simple_tag(icons.icon)
register.simple_tag(icons.font_url)
register.simple_tag(drawings.sparkline)
register.simple_tag(drawings.bar)
register.simple_tag(drawings.target_bar)
register.simple_tag(drawings.stacked_bar)
