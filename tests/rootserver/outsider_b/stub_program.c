#include "lib.h"
const struct test program_tests[] = {{0,0}};
