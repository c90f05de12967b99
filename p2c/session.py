"""What every stage of one run works with."""

from __future__ import annotations

from dataclasses import dataclass

from p2c.budget import Budget
from p2c.journal import Journal
from p2c.models.base import Model
from p2c.models.parallel import PARALLEL
from p2c.sandboxes.base import Sandbox


@dataclass(frozen=True)
class Session:
    """The model (None: run without one), the sandbox, the journal and the budget of one run."""

    model: Model | None
    sandbox: Sandbox
    journal: Journal
    budget: Budget
    stronger: Model | None = None
    """Asked where the model gets stuck, if one was named."""
    parallel: int = PARALLEL
    """How many replies are waited for at once."""
    judge: Model | None = None
    """Judges fidelity, if another model was named for that."""
    context: int | None = None
    """How many tokens the model reads and writes together, where somebody says so."""
