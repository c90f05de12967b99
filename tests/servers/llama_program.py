"""Run llama.cpp's own server on loopback until killed: MODEL PORT CONTEXT SLOTS."""

import sys
import time

import xllamacpp

params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.port, params.n_ctx, params.n_parallel = (int(word) for word in sys.argv[2:5])
params.cpuparams.n_threads = 1
params.endpoint_slots = True
params.warmup = False
server = xllamacpp.Server(params)
print("listening", flush=True)
time.sleep(1e6)
