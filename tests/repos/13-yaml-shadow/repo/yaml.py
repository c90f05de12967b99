"""Reads the configuration."""


def load_config(path):
    """Return the settings as a dictionary; blanks in keys are refused."""
    import yaml

    with open(path) as stream:
        config = yaml.safe_load(stream)
    bad = [key for key in config if " " in key]
    if bad:
        raise ValueError(f"keys with blanks: {bad}")
    return config
