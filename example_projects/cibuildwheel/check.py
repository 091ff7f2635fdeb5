import line_count

print(line_count.count(b"one\ntwo\nthree"))
