#!/bin/sh
# Checks and times the recorder on a GPU, and prints one table: scripts/gpu_check.sh [FOLDER]
# FOLDER keeps the benchmark's files.  PYTHON names the interpreter; without it python3 is taken.
set -u
cd "$(dirname "$0")/.." || exit 1
python=${PYTHON:-python3}

if ! "$python" -c "import torch" 2>/dev/null; then
    echo "$python has no torch; name one that has it: PYTHON=/path/to/python scripts/gpu_check.sh"
    exit 1
fi
if [ "${GRADVIZ_DEVICE:-cuda}" = cuda ] && ! "$python" -c "import torch, sys; sys.exit(not torch.cuda.is_available())"; then
    echo "PyTorch finds no CUDA device on this machine; there is nothing to check."
    exit 0
fi
exec "$python" scripts/gpu_check.py "$@"
