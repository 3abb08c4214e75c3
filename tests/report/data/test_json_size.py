"""The size of panels is that of their base64."""

import json
import re

from report.data.made import recording

from gradviz.report.data.json_size import json_size
from gradviz.report.data.run_data import run_data


def test_it_counts_all_base64():
    found = run_data(recording((0, 1)))
    text = json.dumps(found.to_json())
    assert json_size(found) == sum(map(len, re.findall(r'"base64": "([^"]*)"', text)))
    assert json_size(found.places, found.curves) < json_size(found)
    assert json_size() == 0
