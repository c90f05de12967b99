Here is the objective function used by the trainer:

```python
"""What Pegasos minimises."""
import numpy as np


def hinge_objective(weights, x, y, penalty):
    """Penalised mean hinge loss."""
    return float(0.5 * penalty * weights @ weights + np.maximum(0, 1 - y * (x @ weights)).mean())
```

This file only depends on numpy.
