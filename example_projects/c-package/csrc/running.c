#include "running.h"

/* B. P. Welford's method (Technometrics 4, 1962): the textbook's sum of squares loses
   all digits where the variance is small beside the mean. */
void
running_add(running *state, double value)
{
    double distance = value - state->mean;
    state->count++;
    state->mean += distance / (double)state->count;
    state->squares += distance * (value - state->mean);
}

double
running_variance(const running *state)
{
    return state->count > 0 ? state->squares / (double)state->count : 0.0;
}
