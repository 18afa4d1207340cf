"""A training never stops for its recorder: what goes wrong is said once, and all is closed."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Self

LOGGER: Final = logging.getLogger("tb_plugin_weightdelta.recording")


class Notices:
    """Sentences, each logged the first time it has something new to say."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def say(self, subject: str, sentence: str) -> None:
        """Warn of what somebody should mend, unless something was said on this subject."""
        self._log(logging.WARNING, subject, sentence)

    def mention(self, subject: str, sentence: str) -> None:
        """The same for what is as it should be, for whoever listens to INFO."""
        self._log(logging.INFO, subject, sentence)

    def _log(self, level: int, subject: str, sentence: str) -> None:
        if subject not in self._said:
            self._said.add(subject)
            LOGGER.log(level, "%s", sentence)

    @contextmanager
    def instead_of_raising(self, subject: str, sentence: str) -> Iterator[None]:
        """Log what is raised inside, with its reason behind the sentence."""
        try:
            yield
        except Exception as error:
            self.say(subject, f"{sentence}: {type(error).__name__}: {error}")


class Closing(ABC):
    """A context manager whose end is ``close``."""

    @abstractmethod
    def close(self) -> None:
        """Write what is left, and record no more; may be called again."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
