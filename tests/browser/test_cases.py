"""The page says of each case what the command line says."""

import pytest
from playwright.sync_api import expect

from tests.cases.logs import CASES

# Of what changes how all numbers are to be read the answer says why, and what to do.
TOLD = {
    "shared_tag": "add_histogram(tag, values, global_step=step)",
    "baseline_trained": "What moved before is not seen",
}


@pytest.fixture(scope="module")
def logdir(tmp_path_factory):
    logs = tmp_path_factory.mktemp("cases") / "logs"
    for case in CASES:
        case(logs / case.__name__)
    return logs


def test_the_page_answers_right(tab, serve, logdir):
    board = serve(logdir)
    board.wait_until(
        lambda runs: (
            len(runs) == len(CASES)
            and all(run["last_step"] == 599 for run in runs if run["run"] == "linked_run")
        )
    )
    for case, (state, sentence, flags) in CASES.items():
        tab.open(board.url, run=case.__name__)
        expect(tab.part("headline").locator("h1")).to_have_text(sentence)
        expect(tab.part("state")).to_have_text(state.replace("_", " ").capitalize())
        for flag, told in TOLD.items():
            if flag in flags:
                expect(tab.ask_why()).to_contain_text(told)
