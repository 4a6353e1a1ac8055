"""Expected refusals of the configurator, each with a stable code."""

from __future__ import annotations

from catalog.errors import OnelotError


class ComponentTooLarge(OnelotError):
    """Rules couple more numbers and options than can be solved ahead; detail ``rule`` names the one to split."""

    code = "component_too_large"


class RuleTooWide(OnelotError):
    """A rule couples more options than can be worked out ahead; detail ``rule`` names it."""

    code = "rule_too_wide"

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(f"{rule}: {message}" if rule else message, rule=rule)


class RuleUnsupported(OnelotError):
    """A rule couples kinds of attributes that cannot be decided together."""

    code = "rule_unsupported"


class ConfigurationNotFound(OnelotError):
    """No such frozen configuration is stored."""

    code = "configuration_not_found"


class ConfigurationIncomplete(OnelotError):
    """A configuration cannot be frozen: choices are missing, mistaken, or contradict each other."""

    code = "configuration_incomplete"


class ExplosionInvalid(OnelotError):
    """The catalog gives a configuration an impossible part quantity, time, or order of operations."""

    code = "explosion_invalid"


class UnknownChoice(OnelotError):
    """A selection names an attribute, an option, or a kind of value that the product does not have."""

    code = "unknown_choice"
