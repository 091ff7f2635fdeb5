#!/usr/bin/env bash
# Make every object and archive here from sample.c; needs the Python package ziglang.
set -euo pipefail
cd "$(dirname "$0")"
zig=(python -m ziglang)

compile() { # the target, the object, further options
    "${zig[@]}" cc -target "$1" -O1 -g0 -c sample.c -o "$2" "${@:3}"
}

compile x86_64-linux-gnu linux-x86_64.o
compile x86_64-windows-gnu windows-x86_64.o
compile x86-windows-gnu windows-i686.o
compile aarch64-macos macos-arm64.o
compile x86_64-linux-gnu a-member-with-a-long-name.o
for format in gnu bsd darwin; do
    object=linux-x86_64.o
    if [ "$format" = darwin ]; then object=macos-arm64.o; fi
    rm -f "$format.a"
    "${zig[@]}" ar --format="$format" rcsD "$format.a" "$object" \
        a-member-with-a-long-name.o
done
rm a-member-with-a-long-name.o
sha256sum sample.c ./*.o ./*.a | sed 's, \./, ,' >SHA256SUMS
