"""The diagram."""
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt


def draw(rates, orbits, path):
    """One column of dots for each rate."""
    plt.style.use("seaborn-whitegrid")
    colours = plt.cm.get_cmap("viridis")
    figure, axes = plt.subplots()
    for rate, orbit in zip(rates, orbits):
        axes.plot([rate] * len(orbit), orbit, ",", color=colours(rate / 4))
    figure.savefig(path)
    plt.close(figure)
