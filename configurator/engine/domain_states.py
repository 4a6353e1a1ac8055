"""From possible options to the states people see, fast for tens of thousands of options. Imports no solver."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from configurator.configuration import OptionState
from configurator.engine.evidence import OptionTable
from configurator.engine.sweep import Flags

_STATES: Final = (OptionState.EXCLUDED, OptionState.AVAILABLE, OptionState.FORCED, OptionState.CHOSEN)


class StateTable:
    """Turns possible options into ``{attribute: {code: state}}``.

    Attributes of two options share four by four ready-made answers per pair of codes: callers read them only.
    """

    def __init__(self, options: OptionTable) -> None:
        self._options = options
        self._sizes = np.diff(options.bounds)
        self._is_pair = self._sizes == 2
        self._pair_names = [name for name, codes in zip(options.names, options.codes, strict=True)
                            if len(codes) == 2]
        patterns = {codes: place for place, codes in enumerate(dict.fromkeys(options.codes)) if len(codes) == 2}
        self._patterns = np.array(
            [16 * list(patterns).index(codes) for codes in options.codes if len(codes) == 2], dtype=np.intp
        )
        answers = [
            {codes[0]: _STATES[number // 4], codes[1]: _STATES[number % 4]}
            for codes in patterns
            for number in range(16)
        ]
        self._answers = np.array([*answers, None], dtype=object)
        self._first_of_pair = options.bounds[:-1][self._is_pair]
        self._wide = [
            (name, codes, int(start))
            for name, codes, start in zip(options.names, options.codes, options.bounds[:-1], strict=True)
            if len(codes) != 2
        ]

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
        if not len(possible):
            return {}
        left = np.add.reduceat(possible.astype(np.int64), self._options.bounds[:-1])
        numbers = possible.astype(np.intp)
        numbers[possible & np.repeat(left == 1, self._sizes)] = 2
        for choice in chosen:
            numbers[self._options.place[choice]] = 3
        pairs = 4 * numbers[self._first_of_pair] + numbers[self._first_of_pair + 1] + self._patterns
        result: dict[str, Mapping[str, OptionState]] = dict(
            zip(self._pair_names, self._answers[pairs].tolist(), strict=True)
        )
        for name, codes, start in self._wide:
            own = numbers[start : start + len(codes)].tolist()
            result[name] = {code: _STATES[number] for code, number in zip(codes, own, strict=True)}
        return result
