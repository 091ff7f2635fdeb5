/* Mean and variance of numbers that come one at a time; both modules use it. */

#ifndef C_PACKAGE_RUNNING_H
#define C_PACKAGE_RUNNING_H

#include <Python.h>

typedef struct {
    Py_ssize_t count;
    double mean;
    double squares; /* sum of the squared distances from the mean */
} running;

void running_add(running *state, double value);

/* Of the numbers seen so far as a whole population; 0 for none. */
double running_variance(const running *state);

#endif
