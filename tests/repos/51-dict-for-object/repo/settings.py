"""Settings."""


def load_settings():
    """Return the settings of the experiment."""
    return {"seed": 261, "points": 80, "noise": 0.4}
