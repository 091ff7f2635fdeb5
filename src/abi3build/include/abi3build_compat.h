/* What the full API of the headers at hand has and the Limited API of the floor lacks,
   made of limited functions of the same meaning.

   Our Python.h reads it after Python's own headers where the build defines
   ABI3BUILD_COMPAT and Py_LIMITED_API is in effect.  The parts hold functions named
   abi3build_*; the last, which is generated from compat/offered.txt, puts the names of
   the full API in front of them.

   A name is offered only where the headers' full API has it.  Back-ports ask
   PY_VERSION_HEX, so a project's own definition and ours are never both there.

   The exception is a project that has pythoncapi_compat.h, which cannot compile under
   the limit with most headers.  The build then defines ABI3BUILD_BACKPORTS, with 2 for
   its value where that file reads structmember.h: it is passed over, and the names that
   it gives to older headers are offered to them as well. */
#ifndef ABI3BUILD_COMPAT_H
#define ABI3BUILD_COMPAT_H

#if defined(__GNUC__)
#  pragma GCC system_header
#endif

#if ABI3BUILD_FLOOR < 0x03090000
#  error "abi3build: compat = true needs min-python = \"3.9\" or later"
#endif

/* Python.h stops including these for floors from 3.11 and 3.13 on. */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>
#if !defined(_WIN32)
#  include <unistd.h>
#endif

#if defined(ABI3BUILD_BACKPORTS)
#  define PYTHONCAPI_COMPAT /* what that file asks before it defines anything */
#  include "abi3build_compat/backport_constants.h"
#  ifndef _Py_CAST
#    define _Py_CAST(type, expression) ((type)(expression))
#  endif
#  ifndef _Py_NULL
#    define _Py_NULL NULL
#  endif
#  define ABI3BUILD_KNOWN(version) 1
#else
#  define ABI3BUILD_KNOWN(version) (PY_VERSION_HEX >= (version))
#endif

#include "abi3build_compat/offering.h"
#include "abi3build_compat/opaque_types.h"
#include "abi3build_compat/own_structures.h"
#include "abi3build_compat/containers.h"
#include "abi3build_compat/text.h"
#include "abi3build_compat/text_writer.h"
#include "abi3build_compat/characters.h"
#include "abi3build_compat/numbers.h"
#include "abi3build_compat/complex_numbers.h"
#include "abi3build_compat/calls.h"
#include "abi3build_compat/mappings.h"
#include "abi3build_compat/types_and_modules.h"
#include "abi3build_compat/callables.h"
#include "abi3build_compat/exceptions.h"
#include "abi3build_compat/interpreter.h"
#include "abi3build_compat/lifetimes.h"
#include "abi3build_compat/dates.h"
#include "abi3build_compat/names.h"

#endif /* ABI3BUILD_COMPAT_H */
