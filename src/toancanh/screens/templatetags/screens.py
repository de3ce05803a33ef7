"""Tags and filters of every template: numbers and times as read here, icons, small drawings."""

from django import template

from toancanh.screens import scores
from toancanh.screens.templatetags import beating, drawings, icons, labels, lists, numbers, times

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
register.filter("cells", lists.cells)
register.filter("raw", lists.raw)
register.filter("chart_rows", lists.chart_rows)
register.filter("ranked", lists.ranked)
register.filter("largest", lists.largest)
register.filter("total", lists.total)

register.filter("unit_name", labels.unit_name)
register.filter("node_name", labels.node_name)
register.filter("unit_kind", labels.unit_kind)
register.filter("grain_name", labels.grain_name)
register.filter("status_name", labels.status_name)
register.filter("source_titles", labels.source_titles)
register.filter("reconciled_by", labels.reconciled_by)
register.filter("load_state", labels.load_state)
register.filter("kind_name", labels.kind_name)
register.filter("section", labels.section)

register.filter("certainty", scores.certainty)
register.filter("certainty_mark", scores.certainty_mark)
register.filter("mark_heat", scores.mark_heat)
register.filter("mark_remarks", scores.remarks)

register.filter("beat_words", beating.beat_words)
register.filter("beat_title", beating.beat_title)
register.filter("beat_runs", beating.beat_runs)
register.filter("connector_title", labels.connector_title)

register.simple_tag(icons.icon)
register.simple_tag(icons.font_url)
register.simple_tag(drawings.sparkline)
register.simple_tag(drawings.bar)
register.simple_tag(drawings.target_bar)
register.simple_tag(drawings.stacked_bar)
register.simple_tag(beating.heartbeat)
register.simple_tag(beating.beat_legend)
