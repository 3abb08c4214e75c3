"""Recordings with one thing wrong, written without gradviz: each is refused with one clear error, or read."""

import json
import warnings

import pytest
import xarray as xr

import gradviz as gv
from gradviz.errors import BadRecording, GradvizError
from gradviz.plots.plot_table import PLOTS, draw
from tests.hostile import recordings
