"""Claims as text."""

from gradviz.gallery.claim import Claim
from gradviz.gallery.claims_text import claims_text


def test_a_claim_has_its_outcome_numbers_and_rule():
    claim = Claim("title", "helps", "It helps.", "helps: below 1", {"ratio": 0.5, "runs": 20.0})
    assert claims_text("clipping", [claim]).splitlines() == [
        "clipping",
        "  title: It helps. [helps]",
        "    ratio = 0.5, runs = 20",
        "    helps: below 1",
    ]
