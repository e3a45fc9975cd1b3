#include "lib.h"
const struct test fpu_tests[] = {{0,0}};
