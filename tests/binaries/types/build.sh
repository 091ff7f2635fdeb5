#!/bin/sh
# Build what tests/unit/test_dwarf_types.py reads, and record the hashes.
# Needs gcc, clang, gcc-mingw-w64 and xz-utils of Debian, and Zig's clang in $ZIG:
#     pip install ziglang==0.17.1
#     ZIG="python -m ziglang" tests/binaries/types/build.sh
# The files are checked in: run it only to change them.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

link() { # OUTPUT COMPILER OPTION...: three units; the options are not for the linker
    output=$1 compiler=$2
    shift 2
    for unit in limited placeholder whole; do
        $compiler -O1 -g -fdebug-prefix-map="$PWD=." "$@" -c $unit.c -o "$work/$unit.o"
    done
    $compiler -shared -nostdlib $for_linker "$work/limited.o" "$work/placeholder.o" \
        "$work/whole.o" -o "$work/$output"
    xz -9 --force --stdout "$work/$output" >"$output.xz"
}

for_linker=-Wl,--build-id=none
for version in 2 4 5; do
    link gcc-dwarf$version.elf gcc -fPIC -gdwarf-$version
    link clang-dwarf$version.elf clang -fPIC -gdwarf-$version
done
link gcc-64-bit.elf gcc -fPIC -gdwarf64
link gcc-zlib.elf "gcc -gz" -fPIC
link gcc-gnu-zlib.elf "gcc -gz=zlib-gnu" -fPIC
link gcc-type-units.elf gcc -fPIC -fdebug-types-section
link gcc-without-types.elf gcc -fPIC -g1
link clang-cpp.elf clang -x c++ -fPIC
link big-endian.elf "$ZIG cc -target s390x-linux-gnu" -fPIC
for_linker=-Wl,--no-insert-timestamp,--image-base,0x180000000,-e,0
link mingw.dll x86_64-w64-mingw32-gcc
$ZIG cc -target aarch64-macos -O1 -g -fdebug-prefix-map="$PWD=." -c whole.c \
    -o "$work/macho.o"
xz -9 --force --stdout "$work/macho.o" >macho.o.xz
chmod 644 ./*.xz
sha256sum ./*.c ./*.xz | sed 's, \./, ,' >SHA256SUMS
