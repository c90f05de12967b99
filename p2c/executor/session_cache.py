"""What earlier rounds of a session found out, so that later ones need not ask again."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

T = TypeVar("T")


@dataclass
class SessionCache:
    """`imported` stands for imports that went well; `answers` holds what does not change while a session lasts.

    A new one knows nothing: with it everything is done.
    """

    imported: set[str] = field(default_factory=set)
    answers: dict[Hashable, Any] = field(default_factory=dict)

    def once(self, question: Hashable, find: Callable[[], T]) -> T:
        """Return the answer, found the first time that this is asked."""
        if question not in self.answers:
            self.answers[question] = find()
        return cast(T, self.answers[question])
