"""The forms of the planner."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm

from scheduling.problem import Weights
from web.forms.fields import AmountField, WholeNumberField, amount_at_most, whole_number_between
from web.forms.keys import KeyField

SHORTEST_RUN_SECONDS = 1
LONGEST_RUN_SECONDS = 300
LONGEST_FROZEN_HOURS = 336
USUAL_SECONDS = 20
USUAL_FROZEN_HOURS = 4


class SentOrUsual(WholeNumberField):
    """A whole number that takes its default when the page did not send it at all."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was sent, if anything was."""
        super().process_formdata(valuelist or [str(self.data)])


class WeightsForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """Prices of the objective's terms, the frozen horizon and the time to look; in money as people write it."""

    tardiness = AmountField(lazy_gettext("A minute late, at weight 1"), [amount_at_most(1000)], default="0.10")
    cost_percent = SentOrUsual(
        lazy_gettext("Share of the costs that counts"), [whole_number_between(0, 100)], default="100"
    )
    co2 = AmountField(lazy_gettext("A kilogram of CO2"), [amount_at_most(1000)], default="0.10")
    move = AmountField(lazy_gettext("An operation that moves"), [amount_at_most(100_000)], default="2.00")
    frozen_hours = SentOrUsual(
        lazy_gettext("Frozen from now on"), [whole_number_between(0, LONGEST_FROZEN_HOURS)],
        default=str(USUAL_FROZEN_HOURS),
    )
    seconds = SentOrUsual(
        lazy_gettext("Seconds"), [whole_number_between(SHORTEST_RUN_SECONDS, LONGEST_RUN_SECONDS)],
        default=str(USUAL_SECONDS),
    )

    @property
    def weights(self) -> Weights:
        """The prices; only after the form was found right."""
        return Weights(
            tardiness_minor_per_minute=self.tardiness.minor or 0,
            co2_minor_per_kg=self.co2.minor or 0,
            move_minor=self.move.minor or 0,
            cost_percent=self.cost_percent.number or 0,
        )

    @property
    def frozen_minutes(self) -> int:
        """The frozen horizon; only after the form was found right."""
        return (self.frozen_hours.number or 0) * 60


class ReplanForm(WeightsForm):
    """A planning run; ``key`` makes a repeated click one run."""

    key = KeyField()
