"""`{% vendor_world "fullscript" %}`: the region and the sandbox a page or a link leads into;
`{% world_of connection %}` the same of a connection, in words."""

from django import template

from practice import worlds

register = template.Library()


@register.inclusion_tag("_world.html")
def vendor_world(vendor_key):
    return {"world": worlds.of(vendor_key)}


@register.simple_tag
def world_of(connection):
    return worlds.of(connection.vendor, connection.environment) or ""
