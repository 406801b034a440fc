#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Record every framework again and pack what tests/dialects/vectors holds, and the chips' software
# for tests/chips/vectors: record_all.sh [NAME...]
# The environments go to build/frameworks: nine of them, about five gigabytes.
set -euo pipefail
cd "$(dirname "$0")/../../.."

here=tools/dev/frameworks
record() { # name of the vectors, environment, recorder
    local python
    python=$(python3 "$here/make_environment.py" "$2" "build/frameworks/$2")
    rm -rf "build/dialects/$1"
    "$python" "$here/$3.py" "build/dialects/$1" | tail -1
    python3 "$here/pack.py" "build/dialects/$1" "tests/dialects/vectors/$1"
}
chip() { # name of the vectors, environment and recorder, other arguments
    local python
    python=$(python3 "$here/make_environment.py" "$2" "build/frameworks/$2")
    "$python" "$here/record_$2.py" "${@:3}" "tests/chips/vectors/$1.npz"
}
for name in "${@:-snntorch norse sinabs rockpool snntorch-0.7 spikingjelly spyx lava xylosim spynnaker}"; do
    for one in $name; do
        case $one in
        snntorch | norse) record "$one" snntorch-norse "record_$one" ;;
        lava) chip loihi lava ;;
        xylosim) chip xylo xylosim ;;
        spynnaker)
            python3 -m pip download -q --no-deps -d build/frameworks 'sPyNNaker==1!7.4.1'
            chip spinnaker spynnaker build/frameworks/spynnaker-*.whl
            ;;
        snntorch-0.7) record "$one" snntorch-old record_snntorch_old ;;
        *) record "$one" "$one" "record_$one" ;;
        esac
    done
done
