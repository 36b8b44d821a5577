"""Side-by-side runs against peers, one thread each; run them as `python -m benchmarks.kernels`.

The limits below are read when a library loads, so they are set here, before any module of this package imports one.
"""

import os

for _limit in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_limit] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
