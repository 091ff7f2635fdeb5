#ifndef CFFI_EXAMPLE_CRC32_H
#define CFFI_EXAMPLE_CRC32_H

#include <stddef.h>
#include <stdint.h>

uint32_t example_crc32(const unsigned char *data, size_t length);

#endif
