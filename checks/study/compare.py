"""Train the networks, log them the way each writer does, and compare with the exact weights.

``python -m checks.study.compare`` prints the tables of README.md; it takes about two minutes.
"""

from checks.study.pairs import network_pairs, outlier_pairs
from checks.study.speed import print_speed
from checks.study.tables import print_bounds, print_constants, print_factors, print_results

if __name__ == "__main__":
    found = list(network_pairs())
    print_results(found)
    print_bounds(found)
    print_factors(found, list(outlier_pairs()))
    print_constants(found)
    print_speed()
