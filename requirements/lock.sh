#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Pin every version and hash again, for every platform the index has files for:
#     requirements/lock.sh [--upgrade]
# Run it with the oldest Python that the package supports, so that no backport is left out.
# runtime.txt is what `make demo` installs, hdl.txt what `make demo-hdl` does besides; test.txt is a
# superset of both with the same versions.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
"${PYTHON:-python3}" -m venv "$tools"
"$tools/bin/pip" install -qq pip-tools

compile() {
    "$tools/bin/pip-compile" --quiet --no-header --generate-hashes --strip-extras --allow-unsafe \
        --no-emit-index-url --no-emit-trusted-host --no-emit-find-links "$@"
}
compile "$@" --output-file=requirements/runtime.txt pyproject.toml requirements/build.in
compile "$@" --constraint=requirements/runtime.txt --output-file=requirements/hdl.txt \
    requirements/hdl.in
compile "$@" --constraint=requirements/runtime.txt --output-file=requirements/test.txt \
    pyproject.toml requirements/build.in requirements/hdl.in requirements/test.in
# What neuromorphic chips' own software runs on; that itself stands in NAME.vendor.txt, pinned by hand.
for list in requirements/neuro/*.in; do
    compile "$@" --output-file="${list%.in}.txt" "$list"
done
