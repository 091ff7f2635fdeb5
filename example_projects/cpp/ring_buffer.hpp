#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <vector>

// The last so many numbers of a stream. Knows nothing of Python.
class RingBuffer {
public:
    explicit RingBuffer(std::size_t capacity) : slots_(capacity)
    {
        if (capacity == 0) {
            throw std::invalid_argument("a ring buffer needs room for one number");
        }
    }

    // Gives the number that had to make room, if any.
    std::optional<double> push(double value)
    {
        std::optional<double> dropped;
        if (size_ == slots_.size()) {
            dropped = pop();
        }
        slots_[(first_ + size_++) % slots_.size()] = value;
        return dropped;
    }

    // Takes the oldest number out.
    double pop()
    {
        if (size_ == 0) {
            throw std::out_of_range("pop from an empty ring buffer");
        }
        const double value = slots_[first_];
        first_ = (first_ + 1) % slots_.size();
        --size_;
        return value;
    }

    std::size_t size() const noexcept { return size_; }

private:
    std::vector<double> slots_;
    std::size_t first_ = 0;
    std::size_t size_ = 0;
};
