from cpp_example import RingBuffer

print(len(RingBuffer(3)))
