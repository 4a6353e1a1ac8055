"""From possible options to the states people see, fast for tens of thousands of options. Imports no solver."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from configurator.configuration import OptionState
from configurator.engine.evidence import OptionTable
from configurator.engine.sweep import Flags


class StateTable:
    """Turns possible options into ``{attribute: {code: state}}``.

    Attributes of two options share ready-made answers per pair of codes: callers read them only.
    """

    def __init__(self, options: OptionTable) -> None:
        spans = list(zip(options.names, options.codes, options.bounds.tolist(), strict=False))
        pairs = [(name, codes, start) for name, codes, start in spans if len(codes) == 2]
        self._names = [name for name, _, _ in pairs]
        self._firsts = np.array([start for _, _, start in pairs], dtype=np.intp)
        kinds = {codes: place for place, codes in enumerate(dict.fromkeys(codes for _, codes, _ in pairs))}
        self._kinds = np.array([4 * kinds[codes] for _, codes, _ in pairs], dtype=np.intp)
        answers = [_states(codes, flags) for codes in kinds for flags in ((0, 0), (0, 1), (1, 0), (1, 1))]
        self._answers = np.array([*answers, None], dtype=object)
        self._wide = [(name, codes, start) for name, codes, start in spans if len(codes) != 2]
        self._codes = dict(zip(options.names, options.codes, strict=True))

    def states(
        self, possible: Flags, chosen: Iterable[tuple[str, str]]
    ) -> Mapping[str, Mapping[str, OptionState]]:
        """Give the state of every option.

        Parameters
        ----------
        possible
            Per option, whether some configuration with all choices has it.
        chosen
            Chosen options by attribute; all possible.
        """
        flags = possible.view(np.uint8)
        pairs = flags[self._firsts] * np.uint8(2) + flags[self._firsts + 1] + self._kinds
        result: dict[str, Mapping[str, OptionState]] = dict(
            zip(self._names, self._answers[pairs].tolist(), strict=True)
        )
        every = flags.tolist() if self._wide else []
        for name, codes, start in self._wide:
            result[name] = _states(codes, every[start : start + len(codes)])
        for name, code in chosen:
            result[name] = {**dict.fromkeys(self._codes[name], OptionState.EXCLUDED), code: OptionState.CHOSEN}
        return result


def _states(codes: Sequence[str], flags: Sequence[int]) -> dict[str, OptionState]:
    """Give the states of one attribute's options when nothing of it is chosen."""
    left = OptionState.FORCED if sum(flags) == 1 else OptionState.AVAILABLE
    states = (OptionState.EXCLUDED, left)
    return {code: states[flag] for code, flag in zip(codes, flags, strict=True)}
