#!/bin/sh
# Checks and times the recorder on a GPU, and prints one table: scripts/gpu_check.sh [FOLDER]
# FOLDER keeps the benchmark's files.  PYTHON names the interpreter; without it python3 is taken.
set -u
cd "$(dirname "$0")/.." || exit 1
python=${PYTHON:-python3}

"$python" -c "import sys, torch; sys.exit(0 if torch.cuda.is_available() else 3)" 2>/dev/null
found=$?
if [ "$found" -ne 0 ] && [ "$found" -ne 3 ]; then
    echo "$python has no torch; name one that has it: PYTHON=/path/to/python scripts/gpu_check.sh"
    exit 1
fi
if [ "${GRADVIZ_DEVICE:-cuda}" = cuda ] && [ "$found" -eq 3 ]; then
    echo "PyTorch finds no CUDA device on this machine; there is nothing to check."
    exit 0
fi
exec "$python" scripts/gpu_check.py "$@"
