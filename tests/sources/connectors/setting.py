"""Setting a connector up as a source does: options and secrets told together, read apart."""

from toancanh.sources.connectors import connector
from toancanh.sources.connectors.connector import Shape


def apart(kind, told):
    """What was told as (options, secrets)."""
    secret = {option.name for option in connector.of_kind(kind).options if option.shape is Shape.SECRET}
    return {k: v for k, v in told.items() if k not in secret}, {k: v for k, v in told.items() if k in secret}


def made(kind, told):
    """The connector of a kind. Raises connector.option."""
    options, secrets = apart(kind, told)
    return connector.made(kind, connector.read(kind, options, secrets), secrets)
