/* A C library that knows nothing of Python. The prefix of its function is not idle:
   zlib, which Python may load too, has a crc32() as well. */

#include "crc32.h"

uint32_t
example_crc32(const unsigned char *data, size_t length)
{
    uint32_t sum = 0xFFFFFFFFu;
    for (size_t i = 0; i < length; i++) {
        sum ^= data[i];
        for (int bit = 0; bit < 8; bit++) {
            sum = sum >> 1 ^ (sum & 1u ? 0xEDB88320u : 0u);
        }
    }
    return ~sum;
}
