#include "lib.h"
const struct test sched_tests[] = {{0,0}};
