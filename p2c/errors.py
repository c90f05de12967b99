"""Every error that p2c raises on purpose, with the exit code that it ends a command with."""

from __future__ import annotations


class P2CError(Exception):
    """The root: a message says what was wrong with what, a hint what to do about it."""

    exit_code = 70
    word = "error"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class UsageError(P2CError):
    """Wrong use: an option, a setting or a combination that cannot be meant."""

    exit_code = 2
    word = "usage"


class InputError(UsageError):
    """An input (paper, repository, manifest) that cannot be read; says which and where."""

    word = "input"


class UnreadableTextError(InputError):
    """Text not in the form that it should be, or beyond what p2c reads; `line` is 1-based, where one is told."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


class UnavailableError(P2CError):
    """The runner's fault, not the repository's: something p2c needs is not there."""

    exit_code = 3
    word = "unavailable"


class SandboxError(UnavailableError):
    """The sandbox failed; never shown to a model as if a program had printed it."""


class IndexUnavailableError(UnavailableError):
    """The package index could not be reached, so nothing can be said about the requirements."""


class ModelError(UnavailableError):
    """The model could not be reached, refused the key, or gave no usable reply."""

    usage: object = None
    """What its tries have cost all the same (a `budget.Usage`), where the model told."""
    stage = ""
    """Who asked, where the replies so far lead here again: they are set aside."""


class ContextError(ModelError):
    """The prompt is larger than what the model reads."""


class NoTextError(ModelError):
    """A reply reached its limit of tokens before its first word."""


class ReplyError(ModelError):
    """A model kept answering what cannot be used; says the last reason, and `stage` who asked."""

    def __init__(self, message: str, hint: str = "", stage: str = "") -> None:
        super().__init__(message, hint)
        self.stage = stage


class BudgetExceededError(P2CError):
    """A limit was reached; `limit` is its option's name, such as `max-cost`."""

    exit_code = 4
    word = "budget"
    usage: object = None
    """What a call cost that was ended under way (a `budget.Usage`)."""

    def __init__(self, limit: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.limit = limit


class PatchError(P2CError):
    """A diff that was refused whole; `code` is one word, the message is written for its author."""

    word = "patch"

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
