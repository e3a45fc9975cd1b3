#include "lib.h"
const struct test vspace_tests[] = {{0,0}};
