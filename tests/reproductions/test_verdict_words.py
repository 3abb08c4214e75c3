"""What verdicts say together, and how many runs would decide a share."""

import pytest
from invented_results import TABLE, a_result, claims

from gradviz.experiment.config.claim_schema import Expectation
from gradviz.experiment.run.expectations import in_words
from gradviz.reproductions.result_file import ClaimRecord
from gradviz.reproductions.verdict_words import runs_that_would_tell, title_of, verdict_of

MET, NOT_MET, OPEN = claims()


@pytest.mark.parametrize(
    ("its_claims", "verdict", "title"),
    [
        ([MET], "met", "Met: "),
        ([MET, MET], "all 2 met", "Met: "),
        ([NOT_MET], "not met", "Not met: "),
        ([OPEN], "the seeds do not tell", "The seeds do not tell: "),
        ([OPEN, OPEN], "the seeds do not tell (2)", "The seeds do not tell: "),
        ([MET, NOT_MET], "1 of 2 met, 1 not met", "Met in 1 of 2 parts: "),
        ([NOT_MET, OPEN], "1 of 2 not met, 1 open", "Not met or not told: "),
        ([], "nothing judged", "Not judged: "),
    ],
)
def test_verdicts_in_a_few_words(its_claims, verdict, title):
    result = a_result(its_claims=its_claims)
    assert verdict_of(result) == verdict
    assert title_of(result) == f"{title}{result.told['claim']}"


def share(value, runs, outcome="the seeds do not tell"):
    words = in_words(Expectation.model_validate(TABLE["expect"][0]))
    return ClaimRecord(claim=words, point={}, outcome=outcome, numbers="", value=value, runs=runs)


def test_the_fewest_runs_whose_interval_leaves_the_wanted_share_out():
    """Wilson's lower end of n of n is n / (n + 1.96^2): above .5 from 4 on."""
    assert runs_that_would_tell(a_result(), share(1.0, 3)) == 4
    assert runs_that_would_tell(a_result(), share(0.0, 3)) == 4


@pytest.mark.parametrize("claim", [share(0.5, 6), share(1.0, 3, "met"), OPEN])
def test_where_it_cannot_be_said(claim):
    assert runs_that_would_tell(a_result(), claim) is None
