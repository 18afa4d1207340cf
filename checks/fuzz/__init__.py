"""Coverage-guided fuzzing of everything that reads bytes which somebody else wrote.

``python -m checks.fuzz`` names the targets; ``make fuzz`` runs each of them for minutes.
"""
