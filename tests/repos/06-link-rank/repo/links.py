"""A random web."""
import numpy as np
import pandas as pd


def make_links(pages, links, seed):
    """Distinct links between distinct pages, the later pages more popular."""
    rng = np.random.default_rng(seed)
    weight = np.arange(1, pages + 1) / np.arange(1, pages + 1).sum()
    frame = pd.DataFrame({"source": rng.integers(pages, size=links), "target": rng.choice(pages, links, p=weight)})
    return frame[frame.source != frame.target].drop_duplicates().reset_index(drop=True)
