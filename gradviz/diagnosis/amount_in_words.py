"""A number of a finding in a sentence, with its name and unit."""

from __future__ import annotations

_MAX_WHOLE = 1e9
_UNITLESS = ("1", "")
_SINGULAR = {
    "time steps": " time step",
    "decades": " decade",
    "decades per time step": " decade per time step",
}


def amount_in_words(name: str, value: float, unit: str) -> str:
    """Such as "gradient lost over the lag: 20.9 decades".

    Parameters
    ----------
    name : str
    value : float
    unit : str
        "1" or nothing for a bare number.

    Returns
    -------
    str
    """
    if value == float("inf") and unit == "decades":
        return f"{name}: all of it (exactly zero arrives)"
    after = "" if unit in _UNITLESS else f" {unit}"
    is_whole = value % 1 == 0 and abs(value) < _MAX_WHOLE
    number = f"{value:.0f}" if is_whole else f"{value:.3g}"
    if number == "1":
        after = _SINGULAR.get(unit, after)
    return f"{name}: {number}{after}"
