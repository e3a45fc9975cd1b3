#include "lib.h"
const struct test mapping_tests[] = {{0,0}};
