#!/bin/sh
# Build what tests/unit/test_data_tables.py reads, and record the hashes.
# Needs lld-19 and xz-utils of Debian, and Zig's clang as the command in $ZIG:
#     pip install ziglang==0.17.0
#     ZIG="python -m ziglang" tests/binaries/tables/build.sh
# The files are checked in: run it only to change them.
set -eu
cd "$(dirname "$0")"
source=../../planted/tables.c
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

compile() { # TARGET OUTPUT OPTION...
    target=$1 output=$2
    shift 2
    $ZIG clang -target "$target" -O1 -g0 -fPIC -w -DREFERENCES=0xFFFFFFFF -DFLAGS=0x180 \
        "-DTYPE_SLOTS={83,0}," '-DMEMBERS={"other",16,8,8,0},' -DBASIC_SIZE=-8 \
        "-DMODULE_SLOTS={4,(void*)1}," '-DFORMAT="y#:parse"' -DPARSE=PyArg_ParseTuple \
        "$@" -c $source -o "$work/$output"
}

elf() { # OUTPUT OBJECT OPTION...
    output=$1 object=$2
    shift 2
    ld.lld-19 -shared --strip-all --build-id=none -z max-page-size=4096 "$@" \
        "$work/$object" -o "$output"
}

macho() { # ARCHITECTURE OUTPUT OPTION...
    architecture=$1 output=$2
    shift 2
    ld64.lld-19 -arch "$architecture" -platform_version macos 11.0 14.0 -bundle \
        -undefined dynamic_lookup -adhoc_codesign -x "$@" "$work/$architecture.o" \
        -o "$work/$output"
    xz -9 --force --stdout "$work/$output" >"$output.xz"
}

for machine in aarch64 s390x x86_64; do
    compile $machine-linux-gnu $machine-elf.o
    elf $machine.elf $machine-elf.o
done
elf relr-x86_64.elf x86_64-elf.o --pack-dyn-relocs=relr
compile x86_64-linux-gnu exported.o -DLINKAGE= -fvisibility=default
elf exported-x86_64.elf exported.o
elf mixed-x86_64.elf exported.o --pack-dyn-relocs=relr

compile arm64-apple-macos11 arm64.o
compile x86_64-apple-macos11 x86_64.o
macho arm64 chained-arm64.bundle -fixup_chains
macho x86_64 x86_64.bundle -no_fixup_chains

cat >"$work/python3.def" <<END
LIBRARY python3.dll
EXPORTS
PyArg_ParseTuple
PyLong_FromLong
PyModuleDef_Init
PyModule_AddObject
PyType_FromSpec
END
for machine in arm64 x86_64; do
    case $machine in x86_64) kind=i386:x86-64 ;; *) kind=$machine ;; esac
    $ZIG dlltool -m $kind -d "$work/python3.def" -l "$work/$machine.lib"
    compile $machine-pc-windows-msvc $machine.obj -fno-PIC
    lld-link-19 /nologo /Brepro /nodefaultlib /dll /noentry "/implib:$work/unused.lib" \
        "/out:$work/$machine.dll" "$work/$machine.obj" "$work/$machine.lib"
    mv "$work/$machine.dll" .
done
chmod 644 ./*.elf ./*.dll ./*.xz
sha256sum ./*.elf ./*.dll ./*.xz | sed 's, \./, ,' >SHA256SUMS
