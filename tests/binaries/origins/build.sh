#!/bin/sh
# Build what tests/unit/test_object_origins.py reads, and record the hashes.
# Needs gcc, clang, gcc-mingw-w64, llvm and xz-utils of Debian, and Zig's clang in $ZIG:
#     pip install ziglang==0.17.1
#     ZIG="python -m ziglang" tests/binaries/origins/build.sh
# The files are checked in: run it only to change them.
set -eu
cd "$(dirname "$0")"

compile() { # OUTPUT COMPILER OPTION...
    output=$1
    shift
    "$@" -O1 -g -fdebug-prefix-map="$PWD=." -c uses.c -o "$output"
}

compile gcc-x86_64.o gcc -fPIC
compile gcc-sections-x86_64.o gcc -fPIC -ffunction-sections -fdata-sections
compile gcc-dwarf4-x86_64.o gcc -fPIC -gdwarf-4
compile clang-x86_64.o clang -fPIC
compile zig-s390x.o $ZIG cc -target s390x-linux-gnu -fPIC
compile zig-armv7l.o $ZIG cc -target arm-linux-gnueabihf -fPIC
compile macos-arm64.o $ZIG cc -target aarch64-macos
compile macos-x86_64.o $ZIG cc -target x86_64-macos
compile mingw-x86_64.o x86_64-w64-mingw32-gcc
compile zig-mingw-i686.o $ZIG cc -target x86-windows-gnu
for machine in i686 x86_64 aarch64; do
    compile codeview-$machine.o clang -target $machine-pc-windows-msvc -gcodeview \
        -mno-incremental-linker-compatible
done
compile codeview-sections-x86_64.o clang -target x86_64-pc-windows-msvc -gcodeview \
    -mno-incremental-linker-compatible -ffunction-sections
gcc -O1 -g0 -fPIC -c uses.c -o plain-x86_64.o
rm -f archive.a
llvm-ar --format=gnu rcD archive.a gcc-x86_64.o codeview-x86_64.o
tar --sort=name --owner=0 --group=0 --mtime=@0 -cJf objects.tar.xz ./*.o archive.a
rm ./*.o archive.a
sha256sum uses.c uses.h objects.tar.xz >SHA256SUMS
