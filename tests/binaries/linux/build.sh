#!/bin/sh
# Build the ELF files that the tests read, and record their hashes.
# Needs GCC and binutils for x86_64, and in $ZIG the command of a compiler for the rest:
#     pip install ziglang==0.17.0
#     ZIG="python -m ziglang" tests/binaries/linux/build.sh
# The files are checked in: run it only to change them.
set -eu
cd "$(dirname "$0")"

common="-O1 -g0 -fPIC -fno-asynchronous-unwind-tables -ffile-prefix-map=$PWD=."
library="-shared -Wl,-soname,libsample.so.1 -Wl,--build-id=none"
gnu="gcc $common -nostartfiles -Wl,-z,noseparate-code -Wl,-z,norelro"

# GNU ld, with and without what a linked file can do without
$gnu $library -DEXPORTS sample.c -o library-x86_64.elf
strip --strip-all -o stripped-x86_64.elf library-x86_64.elf
$gnu $library -DEXPORTS -g1 sample.c -o debug-x86_64.elf
objcopy --only-keep-debug debug-x86_64.elf only-debug-x86_64.elf
$gnu $library sample.c -o no-exports-x86_64.elf
$gnu -pie -e main -Wl,--build-id=none -Wl,--unresolved-symbols=ignore-all -DPROGRAM \
    sample.c -o program-x86_64.elf
gcc $common -DEXPORTS -c sample.c -o object-x86_64.elf

# LLVM's linker, stripped, for every other machine that wheels are tagged for
llvm() {
    name=$1 target=$2
    shift 2
    $ZIG cc -target "$target" $common $library -s -fno-sanitize=all -DEXPORTS "$@" \
        sample.c -o "$name.elf"
}
llvm library-aarch64 aarch64-linux-gnu.2.28
llvm library-armv7l arm-linux-gnueabihf.2.28
llvm library-i686 x86-linux-gnu.2.28
llvm library-loongarch64 loongarch64-linux-gnu.2.36
llvm library-ppc64le powerpc64le-linux-gnu.2.28
llvm library-riscv64 riscv64-linux-gnu.2.31
llvm library-s390x s390x-linux-gnu.2.28
llvm sysv-hash-aarch64 aarch64-linux-gnu.2.28 -Wl,--hash-style=sysv

# The section headers end a file: cut them off, and their place out of the header
for name in library-aarch64 library-i686 library-s390x library-x86_64 \
    no-exports-x86_64 sysv-hash-aarch64; do
    python3 - "$name.elf" "sectionless-${name#library-}.elf" <<'PYTHON'
import sys
from pathlib import Path

data = bytearray(Path(sys.argv[1]).read_bytes())
order = "little" if data[5] == 1 else "big"
start, end, counts = (0x28, 0x30, 0x3C) if data[4] == 2 else (0x20, 0x24, 0x30)
end_of_file = int.from_bytes(data[start:end], order)
data[start:end] = bytes(end - start)
data[counts : counts + 4] = bytes(4)
Path(sys.argv[2]).write_bytes(data[:end_of_file])
PYTHON
done

chmod 644 ./*.elf
sha256sum sample.c ./*.elf | sed 's, \./, ,' >SHA256SUMS
