"""The list of runs, in an order that people expect."""

from types import SimpleNamespace

from tb_plugin_weightdelta.answering.tables import runs_table
from tb_plugin_weightdelta.reading.provider import SeriesEntry


def listing(**last_steps: list[int]) -> dict:
    return {
        run: {
            f"t{place}": SeriesEntry(SimpleNamespace(max_step=step, max_wall_time=float(step)))
            for place, step in enumerate(steps)
        }
        for run, steps in last_steps.items()
    }


def test_runs_come_in_natural_order_with_the_last_of_all_steps():
    table = runs_table("1", listing(run10=[3], run2=[5, 9], empty=[]))
    assert [(run["run"], run["last_step"]) for run in table["runs"]] == [("run2", 9), ("run10", 3)]


def test_digits_of_any_kind_and_number_are_names():
    runs = ["²", "run²", "①", "١٢", "9" * 5000, "8" * 5000, "run" + "1" * 5000, "run2", "0", "00"]
    listed = runs_table("1", listing(**{run: [1] for run in runs}))["runs"]
    assert sorted(entry["run"] for entry in listed) == sorted(runs)
    order = [entry["run"] for entry in listed]
    assert order.index("8" * 5000) < order.index("9" * 5000)
    assert order.index("run2") < order.index("run" + "1" * 5000)
