from cpp_example import RingBuffer

ring = RingBuffer(2)
print([ring.push(value) for value in (1.0, 2.0, 3.0)])
