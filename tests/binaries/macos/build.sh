#!/bin/sh
# Build the Mach-O files that tests/unit/test_macho.py reads, and record their hashes.
# Needs lld-19, llvm-19 and xz-utils of Debian, and Zig's clang as the command in $ZIG:
#     pip install ziglang==0.17.0
#     ZIG="python -m ziglang" tests/binaries/macos/build.sh
# The files are checked in: run it only to change them.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

compile() { # TARGET OUTPUT OPTION...
    target=$1 output=$2
    shift 2
    $ZIG clang -target "$target" -O1 -fcommon \
        -fdebug-compilation-dir=. "$@" -c sample.c -o "$output"
}

link() { # ARCHITECTURE OBJECT OUTPUT OPTION...
    architecture=$1 object=$2 output=$3
    shift 3
    ld64.lld-19 -arch "$architecture" -platform_version macos 11.0 14.0 \
        -adhoc_codesign "$@" "$object" "$work/libSystem.tbd" -o "$output"
}

stub() { # INSTALL-NAME SYMBOLS
    printf -- '--- !tapi-tbd\ntbd-version: 4\ntargets: [ arm64-macos, x86_64-macos ]\n'
    printf 'install-name: %s\nexports:\n' "$1"
    printf '  - targets: [ arm64-macos, x86_64-macos ]\n    symbols: [ %s ]\n...\n' "$2"
}

stub /usr/lib/libSystem.B.dylib 'dyld_stub_binder, _getenv' >"$work/libSystem.tbd"
stub /Library/Frameworks/Python.framework/Versions/3.11/Python \
    '__Py_NoneStruct, _PyLong_FromLong, _Py_GetConstantBorrowed' >"$work/Python.tbd"

for architecture in arm64 x86_64; do
    object="$work/$architecture.o"
    compile $architecture-apple-macos11 "$object"
    link $architecture "$object" bundle-$architecture.bundle \
        -bundle -undefined dynamic_lookup -no_fixup_chains
done
link arm64 "$work/arm64.o" chained-arm64.bundle \
    -bundle -undefined dynamic_lookup -fixup_chains
link x86_64 "$work/x86_64.o" framework-x86_64.dylib \
    -dylib -install_name @rpath/libsample.dylib "$work/Python.tbd"
link x86_64 "$work/x86_64.o" flat-x86_64.bundle \
    -bundle -flat_namespace -undefined suppress
llvm-strip-19 -x -o stripped-x86_64.bundle bundle-x86_64.bundle
llvm-lipo-19 -create -output universal.bundle bundle-*.bundle
llvm-lipo-19 -create -fat64 -output universal64.bundle bundle-*.bundle

compile x86_64-apple-macos11 "$work/program.o" -DPROGRAM
link x86_64 "$work/program.o" program-x86_64 -execute -undefined dynamic_lookup
$ZIG cc -target x86_64-macos.10.13 -O1 -s -shared -undefined dynamic_lookup sample.c \
    -o zig-x86_64.dylib
compile i386-apple-macos10.6 object-i386.o
compile arm64-apple-macos11 object-arm64.o -g

# Two static libraries in one file are no images.
for architecture in arm64 x86_64; do
    llvm-ar-19 rcsD "$work/$architecture.a" "$work/$architecture.o"
done
llvm-lipo-19 -create -output archives.a "$work/arm64.a" "$work/x86_64.a"

# Pages of 4 or 16 KiB are mostly zeros.
set -- ./*.bundle ./*.dylib ./*.o ./*.a ./program-x86_64
chmod 644 "$@"
xz -9e --force "$@"
sha256sum sample.c ./*.xz | sed 's, \./, ,' >SHA256SUMS
