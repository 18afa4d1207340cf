"""Train the networks, log them the way each writer does, and compare with the exact weights.

``python -m checks.study.compare`` prints the tables of README.md; it takes about two minutes.
"""

from checks.study.pairs import (
    POINT_MASSES,
    network_pairs,
    outlier_pairs,
    point_mass_pairs,
    trained,
)
from checks.study.speed import print_speed
from checks.study.sums import print_sums
from checks.study.tables import (
    print_bounds,
    print_constants,
    print_factors,
    print_results,
    print_spikes,
)

if __name__ == "__main__":
    networks = trained()
    found = list(network_pairs(networks))
    print_results(found)
    print_bounds(found)
    print_factors(found, list(outlier_pairs()))
    print_spikes({kind: list(point_mass_pairs(networks, kind)) for kind in POINT_MASSES})
    print_constants(found)
    print_sums(networks)
    print_speed()
