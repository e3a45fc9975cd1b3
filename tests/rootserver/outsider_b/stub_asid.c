#include "lib.h"
const struct test asid_tests[] = {{0,0}};
