"""How far a movement read from histograms can be trusted, against exact weights."""
