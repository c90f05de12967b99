"""A session is opened from settings: model, sandbox, journal and budget of one run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from p2c.budget import Budget
from p2c.errors import InputError, UsageError
from p2c.models import BY_HAND, WAYS, equip_model, open_model
from p2c.models.chat_request import ModelOptions
from p2c.models.rate_limit import RateLimiter, Rates
from p2c.models.recordings import REPLIES
from p2c.session import Session
from p2c.settings import Settings
from p2c.state_folder import StateFolder, StateSubfolder

if TYPE_CHECKING:
    from p2c.journal import Journal
    from p2c.models.base import Model
    from p2c.sandboxes.environments.pruning import CacheLimits
    from p2c.sandboxes.options import ResourceLimits as SandboxLimits
    from p2c.sandboxes.options import SandboxOptions


@dataclass(frozen=True)
class SessionRequirements:
    """What a command needs of its session; `root` is where replies are kept, `python` the target's version."""

    root: Path | None = None
    python: str = ""
    tell: Callable[[str], None] = lambda text: None


@contextmanager
def open_session(
    settings: Settings, model: Model | None, journal: Journal, needs: SessionRequirements | None = None
) -> Iterator[Session]:
    """Give a session whose sandbox is closed afterwards, whatever happens.

    Raises SandboxError or IndexUnavailableError where the sandbox cannot be had. Who gives a `root` holds its lock.
    """
    from p2c.sandboxes import open_sandbox

    needs = needs or SessionRequirements()
    budget = Budget(settings.limits)
    options = sandbox_options(settings, needs.python)

    def equipped(bare: Model) -> Model:
        replies = StateSubfolder(StateFolder(needs.root or Path.cwd()), REPLIES)
        return equip_model(bare, replies, budget, journal, model_options(settings))

    with ExitStack() as stack:
        sandbox = open_sandbox(settings.sandbox, options)
        stack.callback(sandbox.close)
        yield Session(
            equipped(model) if model else None,
            sandbox,
            journal,
            budget,
            equipped(_stronger(settings, journal)) if model and settings.escalate_model else None,
            BY_HAND if (settings.model or "").startswith("manual:") else settings.parallel,
            equipped(_judge(settings, journal)) if model and settings.judge_model else None,
            context_of(model, settings) if model else None,
        )


def context_of(model: Model, settings: Settings) -> int | None:
    """Return how many tokens a model reads and writes together: as was said, else as its server says."""
    from p2c.models.openai import OpenAIModel

    if not isinstance(model, OpenAIModel):
        return settings.context
    model.find_facts()
    return model.context


def sandbox_options(settings: Settings, python: str) -> SandboxOptions:
    """Return all that the settings say of the sandbox; `python` is the target's version."""
    from p2c.sandboxes.options import SandboxOptions

    return SandboxOptions(
        limits=sandbox_limits(settings),
        python=python,
        cache=Path(settings.cache) if settings.cache else None,
        constraints=constraints_file(settings),
        keep=cache_bound(settings),
        torch_backend=settings.torch_backend or "",
        allow_hosts=settings.allow_hosts,
        image=settings.image or "",
        gpus=settings.gpus or "",
        cpus=settings.cpus,
        template=settings.template or "",
        life=settings.lifespan,
    )


def find_model(settings: Settings, journal: Journal, tell: Callable[[str], None]) -> Model:
    """Return the bare model that the settings name; UsageError with the ways to get one if they name none."""
    if not settings.model:
        raise UsageError("no language model is configured", WAYS)
    return open_model(settings.model, model_options(settings), journal, tell)


def _stronger(settings: Settings, journal: Journal) -> Model:
    return open_model(settings.escalate_model or "", model_options(settings), journal)


def _judge(settings: Settings, journal: Journal) -> Model:
    return open_model(settings.judge_model or "", model_options(settings), journal)


def model_options(settings: Settings) -> ModelOptions:
    """Return how the model is reached and asked."""
    return ModelOptions(
        base_url=settings.base_url or "",
        temperature=settings.temperature,
        reasoning_effort=settings.reasoning_effort or "",
        max_tokens=settings.max_reply_tokens,
        context=settings.context,
        timeout=settings.reply_timeout,
        stream=settings.stream,
        parallel=settings.parallel,
        pace=shared_pace(settings),
    )


def shared_pace(settings: Settings) -> RateLimiter | None:
    """Return what keeps the settings' limits a minute, together with every p2c that asks the same endpoint."""
    rates = Rates(settings.requests_per_minute, settings.tokens_per_minute)
    if any(rate is not None and rate <= 0 for rate in (rates.requests, rates.tokens)):
        raise UsageError("a rate limit of 0 allows no calls", "Set a limit above 0, or leave it out.")
    if settings.pace:
        return RateLimiter(Path(settings.pace), rates)
    if rates == Rates():
        return None
    from platformdirs import user_cache_path

    root = Path(settings.cache) if settings.cache else user_cache_path("p2c")
    name = hashlib.sha256((settings.base_url or "").encode()).hexdigest()[:16]
    return RateLimiter(root / "pace" / f"{name}.json", rates)


def cache_bound(settings: Settings) -> CacheLimits:
    """Return how much of the cache is kept, and how long."""
    from p2c.sandboxes.environments.pruning import DAY, GB, CacheLimits

    if settings.cache_limit < 0 or settings.cache_days < 0:
        raise UsageError("the cache limit and the cache days cannot be negative", "0 keeps only what is in use.")
    return CacheLimits(int(settings.cache_limit * GB), settings.cache_days * DAY)


def sandbox_limits(settings: Settings) -> SandboxLimits:
    """Return what commands in a sandbox may use."""
    from p2c.sandboxes.environments.pruning import GB
    from p2c.sandboxes.options import ResourceLimits

    if settings.disk_limit <= 0:
        raise UsageError("the disk limit must be above 0", "It is in GB: P2C_DISK_LIMIT=20.")
    return ResourceLimits(disk=int(settings.disk_limit * GB))


def constraints_file(settings: Settings) -> Path | None:
    """Return the person's constraints file; InputError if it is not there."""
    if settings.constraints is None:
        return None
    path = Path(settings.constraints)
    if not path.is_file():
        raise InputError(f"the constraints file {str(path)!r} does not exist")
    return path
