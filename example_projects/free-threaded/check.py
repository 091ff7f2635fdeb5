import free_threaded

counter = free_threaded.Counter()
for number in (2, 3):
    counter.add(number)
print(counter.total())
