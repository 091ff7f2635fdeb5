#!/bin/sh
# Build what tests/unit/test_unit_notes.py reads, and record the hashes.
# Needs gcc-mingw-w64 and xz-utils of Debian, and Zig's clang as the command in $ZIG:
#     pip install ziglang==0.17.1
#     ZIG="python -m ziglang" tests/binaries/notes/build.sh
# The files are checked in: run it only to change them.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
include="-I../../../src/abi3build/include -Ipython"

units() { # COMPILER...: two units for 3.9 with other headers, one for 3.10
    for unit in 1:0x03090000:0x030907F0 2:0x03090000:0x030B07F0 3:0x030A0000:0x030B07F0
    do
        number=${unit%%:*} values=${unit#*:}
        floor=${values%:*}
        "$@" -O1 -g0 $include -DNUMBER="$number" -DHEADERS="${values#*:}" \
            -DABI3BUILD_FLOOR="$floor" -DPy_LIMITED_API="$floor" \
            -c sample.c -o "$work/unit$number.o"
    done
}

units gcc -fPIC
gcc -shared -s -nostdlib -Wl,--build-id=none "$work"/unit?.o -o x86_64.elf
units x86_64-w64-mingw32-gcc
x86_64-w64-mingw32-gcc -shared -s -nostdlib -Wl,--no-insert-timestamp -Wl,-e,0 \
    "$work"/unit?.o -o x86_64.dll
for machine in aarch64 x86_64; do
    units $ZIG cc -target $machine-macos
    $ZIG cc -target $machine-macos -shared -s -Wl,-install_name,sample \
        "$work"/unit?.o -o "$work/$machine.dylib"
    xz -9 --force --stdout "$work/$machine.dylib" >$machine.dylib.xz
done
chmod 644 ./*.elf ./*.dll ./*.xz
sha256sum sample.c python/Python.h ./*.elf ./*.dll ./*.xz | sed 's, \./, ,' >SHA256SUMS
