#!/bin/sh
# Build the PE files that tests/unit/test_pe.py reads, and record their hashes.
# Needs lld-19 and llvm-19 of Debian, and Zig's clang as the command in $ZIG:
#     pip install ziglang==0.17.0
#     ZIG="python -m ziglang" tests/binaries/windows/build.sh
# The files are checked in: run it only to change them.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

compile() { # MACHINE OUTPUT OPTION...
    machine=$1 output=$2
    shift 2
    $ZIG clang -target "$machine-pc-windows-msvc" -O1 -fdebug-compilation-dir=. "$@" \
        -c sample.c -o "$work/$output"
}

imports() { # MACHINE LIBRARY OUTPUT NAME...: what a linker knows of a library
    machine=$1 library=$2 output=$3
    shift 3
    printf "LIBRARY $library\nEXPORTS\n" >"$work/names.def"
    printf '    %s\n' "$@" >>"$work/names.def"
    llvm-dlltool-19 -m "$machine" -d "$work/names.def" -l "$work/$output"
}

link() { # OUTPUT OPTION-OR-INPUT...
    output=$1
    shift
    (cd "$work" && lld-link-19 /nologo /Brepro /nodefaultlib "/out:$output" \
        /implib:unused.lib "$@")
    mv "$work/$output" .
}

for machine in i686:i386 x86_64:i386:x86-64 arm64:arm64; do
    name=${machine%%:*} target=${machine#*:}
    imports "$target" kernel32.dll "kernel32-$name.lib" GetTickCount
    imports "$target" python3.dll "python3-$name.lib" \
        PyLong_FromLong '_Py_NoneStruct DATA'
    compile "$name" "$name.obj" -DDATA
    link "stable-$name.dll" "$name.obj" "python3-$name.lib" "kernel32-$name.lib" \
        /dll /noentry /safeseh:no
    compile "$name" "functions-$name.obj"
    link "delayed-$name.dll" "functions-$name.obj" "python3-$name.lib" \
        "kernel32-$name.lib" /dll /noentry /delayload:python3.dll /safeseh:no
done

imports i386:x86-64 python311.dll python311.lib PyLong_FromLong '_Py_NoneStruct DATA'
imports i386:x86-64 python311.dll ordinals.lib 'PyLong_FromLong @7 NONAME' \
    '_Py_NoneStruct @8 NONAME DATA'
link versioned-x86_64.dll x86_64.obj python311.lib kernel32-x86_64.lib /dll /noentry
link ordinals-x86_64.dll x86_64.obj ordinals.lib kernel32-x86_64.lib /dll /noentry
link program-x86_64.exe x86_64.obj python311.lib kernel32-x86_64.lib \
    /subsystem:console /entry:PyInit_sample
link codeview-x86_64.dll x86_64.obj python311.lib kernel32-x86_64.lib \
    /dll /noentry /build-id
compile x86_64 dwarf.obj -DDATA -gdwarf
link dwarf-x86_64.dll dwarf.obj python311.lib kernel32-x86_64.lib \
    /dll /noentry /lldmingw /debug:dwarf,symtab

printf 'LIBRARY python3.dll\nEXPORTS\n' >"$work/python3.def"
printf '    %s\n' PyLong_FromLong=python311.PyLong_FromLong \
    '_Py_NoneStruct=python311._Py_NoneStruct DATA' >>"$work/python3.def"
link forwarders-x86_64.dll x86_64.obj python311.lib kernel32-x86_64.lib \
    /dll /noentry /def:python3.def
chmod 644 ./*.dll ./*.exe
sha256sum sample.c ./*.dll ./*.exe | sed 's, \./, ,' >SHA256SUMS
